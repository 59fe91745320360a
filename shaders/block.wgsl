// What the shaders of a kernel share: one dispatch computes one block of pairs, in tiles of TILE × TILE, with SIDE × SIDE
// threads that hold 4 × 4 pairs each. `Real` (f32 or f64), the sizes, `Block` and `entry`, which maps one pair, are
// generated (lib/backends/webgpu/wgsl).

@group(0) @binding(0) var<uniform> block: Block;
// Rows of x1 and of x2; or cov and ntk of the block, row by row.
@group(0) @binding(1) var<storage, read> left: array<Real>;
@group(0) @binding(2) var<storage, read> right: array<Real>;
// Column by column: feature k of row i is features1[k * rows + i].
@group(0) @binding(3) var<storage, read> features1: array<Real>;
@group(0) @binding(4) var<storage, read> features2: array<Real>;
// One matrix of rows × cols for each output.
@group(0) @binding(5) var<storage, read_write> outputs: array<Real>;

// Every pair of the tile at `origin` (x: column, y: row) is below the diagonal: so it is for 27 % of the tiles of 4000 rows.
fn unwanted(origin: vec2<u32>) -> bool {
  return block.triangle == 1u && block.col + origin.x + TILE <= block.row + origin.y;
}
