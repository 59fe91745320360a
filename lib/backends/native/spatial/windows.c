// Sums over windows of many neighbours: loops, so that neither a text nor the time to compile it depends on their size.

// The sums of taps side by side, each over all rows, row by row; GROUP at a time, since every addition to a sum waits for the one
// before.
INLINE void add_columns(const REAL *from, const integer *rows, integer count, integer taps, integer step, REAL *columns) {
  enum { GROUP = 4 };
  integer tap = 0;
  for (; tap + GROUP <= taps; tap += GROUP, from += GROUP * step) {
    vector sums[GROUP];
    for (int g = 0; g < GROUP; g++) sums[g] = *(const vector *)(from + rows[0] + g * step);
    for (integer r = 1; r < count; r++) {
      for (int g = 0; g < GROUP; g++) sums[g] += *(const vector *)(from + rows[r] + g * step);
    }
    for (int g = 0; g < GROUP; g++) *(vector *)(columns + (tap + g) * VECTOR) = sums[g];
  }
  for (; tap < taps; tap++, from += step) {
    vector sum = *(const vector *)(from + rows[0]);
    for (integer r = 1; r < count; r++) sum += *(const vector *)(from + rows[r]);
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
  vector sum = *(const vector *)columns;
  for (integer tap = 1; tap <= last; tap++) sum += *(const vector *)(columns + tap * VECTOR);
  return sum;
}
