// The sum of the values of each pair, by one workgroup a pair: the parts that a chain has left, one for each class of offsets.
//
// Every thread sums each THREADS-th value; then half of the threads add the sums of the other half to theirs, and half of these
// again, until one sum is left.

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
  // One value a pair: regions of one value are dense
  if (thread == 0u) {
    arena[sizes.sink + pair] = partial[0];
  }
}
