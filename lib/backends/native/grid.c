// The tiles of a matrix of n1 · n2 pairs, row by row, or those of its upper triangle.
struct grid { integer n1, n2, symmetric; };

// Finds the first row and the first column of a tile; 0 if there is no such tile.
static int find_tile(struct grid grid, integer number, integer *i, integer *j) {
  const integer down = (grid.n1 + TILE - 1) / TILE, across = (grid.n2 + TILE - 1) / TILE;
  for (integer row = 0; row < down; row++) {
    const integer first = grid.symmetric ? row : 0;
    if (number < across - first) {
      *i = row * TILE;
      *j = (first + number) * TILE;
      return 1;
    }
    number -= across - first;
  }
  return 0;
}
