// z/√(|z|² + EPS) in place of z, and g over the same root, a row a workgroup.

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let image = work.first_image + workgroup.y;
  let P = work.first_unit + workgroup.x;
  let z = row_of(work.to, image, work.columns, P);
  let g = row_of(work.g, image, work.g_columns, P);
  let root = sqrt(sum_of_squares(z, work.columns, thread) + EPS);
  for (var c = thread; c < work.columns; c += THREADS) {
    values[z + c] /= root;
  }
  for (var c = thread; c < work.g_columns; c += THREADS) {
    values[g + c] /= root;
  }
}
