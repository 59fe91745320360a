// Rows in strips, and pairs in tiles: what tiles.c and near.c share. In: columns of features, or the number of a tile. Out:
// features as maps read them, or the place of the tile: the 6 tiles of 200 × 200 symmetric pairs are (0, 0), (0, 96), (0, 192),
// (96, 96), … `struct column` is in front of this text (structs.ts).

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

// Packs rows of columns from `first` on, `features` numbers each: row by row, or in strips of TILE rows number by number.
void pack(const struct column *columns, integer count, integer features, integer first, integer rows, integer strips, REAL *out) {
  // From one row to the next, and from one number to the next
  const integer row_step = strips ? 1 : features, number_step = strips ? TILE : 1;
  for (integer i0 = 0; i0 < rows; i0 += TILE, out += TILE * features) {
    const integer end = rows - i0 < TILE ? rows - i0 : TILE;
    for (const struct column *column = columns; column < columns + count; column++) {
      for (integer i = 0; i < end; i++) {
        const double *from = column->values + (first + i0 + i) * column->stride;
        REAL *to = out + i * row_step + column->start * number_step;
        for (integer k = 0; k < column->width; k++) to[k * number_step] = from[k];
      }
    }
  }
}
