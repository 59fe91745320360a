// Sums over windows of many neighbours: loops, so that neither a text nor the time to compile it depends on their size. Runs of LONGEST
// terms are summed on their own; own.c does the same.

// The sums of taps side by side, each over all rows, row by row; GROUP at a time, since every addition to a sum waits for the one
// before.
INLINE void add_columns(const REAL *from, const integer *rows, integer count, integer taps, integer step, REAL *columns) {
  integer tap = 0;
  for (; tap + GROUP <= taps; tap += GROUP, from += GROUP * step) {
    vector sums[GROUP];
    for (int g = 0; g < GROUP; g++) sums[g] = all(0);
    for (integer start = 0; start < count; start += LONGEST) {
      const integer end = start + LONGEST < count ? start + LONGEST : count;
      vector runs[GROUP];
      for (int g = 0; g < GROUP; g++) runs[g] = *(const vector *)(from + rows[start] + g * step);
      for (integer r = start + 1; r < end; r++) {
        for (int g = 0; g < GROUP; g++) runs[g] += *(const vector *)(from + rows[r] + g * step);
      }
      for (int g = 0; g < GROUP; g++) sums[g] += runs[g];
    }
    for (int g = 0; g < GROUP; g++) *(vector *)(columns + (tap + g) * VECTOR) = sums[g];
  }
  for (; tap < taps; tap++, from += step) {
    vector sum = all(0);
    for (integer start = 0; start < count; start += LONGEST) {
      const integer end = start + LONGEST < count ? start + LONGEST : count;
      vector run = *(const vector *)(from + rows[start]);
      for (integer r = start + 1; r < end; r++) run += *(const vector *)(from + rows[r]);
      sum += run;
    }
    *(vector *)(columns + tap * VECTOR) = sum;
  }
}

// The sum over the window whose first tap is at `from`. `columns` has the sums of the taps of the point before: of all but the last
// tap they are known if that is the point to the left.
INLINE vector add_window(const struct input *input, const REAL *from, int follows, integer step, REAL *columns) {
  const integer last = input->taps - 1;
  if (follows) __builtin_memmove(columns, columns + VECTOR, last * VECTOR * sizeof(REAL));
  const integer first = follows ? last : 0;
  add_columns(from + first * step, input->rows, input->count, last + 1 - first, step, columns + first * VECTOR);
  vector sum = all(0);
  for (integer start = 0; start <= last; start += LONGEST) {
    const integer end = start + LONGEST <= last ? start + LONGEST : last + 1;
    vector run = *(const vector *)(columns + start * VECTOR);
    for (integer tap = start + 1; tap < end; tap++) run += *(const vector *)(columns + tap * VECTOR);
    sum += run;
  }
  return sum;
}
