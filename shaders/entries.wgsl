// The last step of gram.wgsl, unless the program reads gaps (near.wgsl has another `entries` then).
// Maps the pairs of a thread: sums[r][c] is the product of the rows first.y + r · SIDE of x1 and first.x + c · SIDE of x2.
fn entries(first: vec2<u32>, products: array<vec4<Real>, 4>) {
  // A copy in a variable, as only those may be indexed by what is not constant.
  var sums = products;
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let row = first.y + r * SIDE;
      let col = first.x + c * SIDE;
      // Tiles at the edge have rows and columns that no one asked for.
      if (row < block.rows && col < block.cols) {
        entry(row, col, sums[r][c] / Real(block.depth), Real(0));
      }
    }
  }
}
