// The map of a tile of covariances (and NTK) that were computed before: in the place of gram.wgsl where a network continues a
// kernel.
//
// `left` and `right` are cov and ntk of the block, row by row. A thread takes the same 4 × 4 pairs as there, SIDE apart, so that
// neighbouring threads read neighbouring columns.

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_id) thread: vec3<u32>,
) {
  let origin = workgroup.xy * TILE;
  if (unwanted(origin)) {
    return;
  }
  let first = origin + thread.xy;
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let row = first.y + r * SIDE;
      let col = first.x + c * SIDE;
      if (row < block.rows && col < block.cols) {
        let at = row * block.cols + col;
        entry(row, col, left[at], right[at]);
      }
    }
  }
}
