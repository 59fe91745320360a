// The sum of the values of each pair, by one workgroup a pair.

@group(0) @binding(0) var<uniform> sizes: Total;

var<workgroup> partial: array<Value, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let pair = sizes.first_pair + workgroup.y;
  var sum = Value();
  for (var k = thread; k < sizes.count; k += THREADS) {
    sum += arena[sizes.source + pair * sizes.count + k];
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) {
      partial[thread] += partial[thread + half];
    }
    workgroupBarrier();
  }
  if (thread == 0u) {
    arena[sizes.sink + pair] = partial[0];
  }
}
