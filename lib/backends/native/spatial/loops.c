// The loops that maps of a network call: sums over windows of a point, and Hermite sums of many points. In front of the functions
// of a program, behind vectors.c. In: tiles and features, through `struct call`. Out: one vector of a window, or a slot of every
// point of a chunk. A window of 3 × 3 is three rows of three taps; its columns are summed first (add_columns), then the three
// sums side by side, of which two stay for the point to the right.

// Sums over windows of many neighbours: loops, so that neither a text nor the time to compile it depends on their size. Runs of
// LONGEST terms are summed on their own; diagonal.c does the same.

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

// The sum over the window whose first tap is at `from`. `columns` has the sums of the taps of the point before: of all but the
// last tap they are known if that is the point to the left.
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

// sum = Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) for m = order by Horner's rule, which ends with the shorter table; a of the first input and b
// of the second. Several points at a time, since each step of a sum waits for the one before.
INLINE void hermite_sum(const int order, const struct call *call, const int diagonal, integer first, integer second, integer start,
                        integer end, REAL *slots, integer count, integer rho, integer to) {
  const integer width1 = call->first.widths[first], width2 = call->second.widths[second];
  const REAL *a = call->first.tables[first], *b = call->second.tables[second];
  const integer lanes = diagonal ? LANES : 1;
  for (integer part = 0; part < LANES; part += VECTOR) {
    for (integer i = start; i < end; i += GROUP) {
      // Beyond the last point it is computed again
      const REAL *a_[GROUP], *b_[GROUP];
      vector rho_[GROUP], sums[GROUP];
      REAL *slots_[GROUP];
      for (int g = 0; g < GROUP; g++) {
        const integer point = i + g < end ? i + g : end - 1;
        a_[g] = a + call->p[point] * width1 * lanes + (diagonal ? part : 0);
        b_[g] = b + call->q[point] * width2 * LANES + part;
        slots_[g] = slots + (point - start) * count * LANES + part;
        rho_[g] = *(const vector *)(slots_[g] + rho * LANES);
        sums[g] = all(0);
      }
      // The first input is one for all lanes, or where inputs are with themselves one a lane
      for (integer k = (width1 < width2 ? width1 : width2) - 1; k >= order; k--) {
        REAL falling = 1;
        for (int m = 0; m < order; m++) falling *= k - m;
        for (int g = 0; g < GROUP; g++) {
          const vector factor = diagonal ? *(const vector *)(a_[g] + k * LANES) : all(a_[g][k]);
          sums[g] = vfma(sums[g], rho_[g], factor * all(falling) * *(const vector *)(b_[g] + k * LANES));
        }
      }
      for (int g = 0; g < GROUP; g++) *(vector *)(slots_[g] + to * LANES) = sums[g];
    }
  }
}
