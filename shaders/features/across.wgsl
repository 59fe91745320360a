// Levels of the Walsh–Hadamard transform across segments of long rows, in place: a thread transforms EACH columns, work.stride apart.
// Lines with # stand for EACH lines, with the numbers of these columns.

alias Columns = array<Real, EACH>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let unit = work.first_unit + workgroup.x;
  let number = unit % work.segments * THREADS + thread;
  if (number >= work.columns / EACH) {
    return;
  }
  let row = row_of(work.to, work.first_image + workgroup.y, work.columns, unit / work.segments);
  let first = number / work.stride * (work.stride * EACH) + number % work.stride;
  var x = Columns();
  x[#] = values[row + first + #u * work.stride];
  transform(&x);
  store(row, first + #u * work.stride, x[#]);
}
