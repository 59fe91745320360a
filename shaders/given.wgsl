// The map of a tile of covariances (and NTK) that were computed before.

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
