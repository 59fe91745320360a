// The products of the entries of several values times FACTOR, a row a workgroup; words[work.factors …] are their places.

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let image = work.first_image + workgroup.y;
  let P = work.first_unit + workgroup.x;
  let to = row_of(work.to, image, work.columns, P);
  for (var c = thread; c < work.columns; c += THREADS) {
    var product = FACTOR;
    for (var f = 0u; f < work.factor_count; f++) {
      product *= values[row_of(words[work.factors + f], image, work.columns, P) + c];
    }
    values[to + c] = product;
  }
}
