// φ(z)/√columns in place of z and φ′(z)·g/√columns in place of g, a row a workgroup; `forward` is (φ, φ′)/√columns.

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let image = work.first_image + workgroup.y;
  let P = work.first_unit + workgroup.x;
  let z = row_of(work.to, image, work.columns, P);
  let g = row_of(work.g, image, work.columns, P);
  var variance = Real(0);
  if (READS_VARIANCE) {
    variance = sum_of_squares(z, work.columns, thread) / Real(work.columns);
  }
  for (var c = thread; c < work.columns; c += THREADS) {
    let y = forward(values[z + c], variance);
    values[z + c] = y.x;
    values[g + c] *= y.y;
  }
}
