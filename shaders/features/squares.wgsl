// The sum of squares of a row by all threads of a workgroup: of each THREADS-th number, then half of the threads add the sums of the
// other half to theirs, until one is left.

var<workgroup> partial: array<Real, THREADS>;

fn sum_of_squares(row: u32, count: u32, thread: u32) -> Real {
  var sum = Real(0);
  for (var c = thread; c < count; c += THREADS) {
    sum += values[row + c] * values[row + c];
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) {
      partial[thread] += partial[thread + half];
    }
    workgroupBarrier();
  }
  return partial[0];
}
