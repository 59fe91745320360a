// sum = Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) for m = order by Horner's rule, which ends with the shorter table; a of the first input and b
// of the second. Several points at a time, since each step of a sum waits for the one before.
INLINE void hermite_sum(const int order, const struct call *call, const int own, integer first, integer second, integer start,
                        integer end, REAL *slots, integer count, integer rho, integer to) {
  const integer width1 = call->first.widths[first], width2 = call->second.widths[second];
  const REAL *a = call->first.tables[first], *b = call->second.tables[second];
  const integer lanes = own ? LANES : 1;
  for (integer part = 0; part < LANES; part += VECTOR) {
    for (integer i = start; i < end; i += GROUP) {
      const REAL *a_[GROUP], *b_[GROUP];
      vector rho_[GROUP], sums[GROUP];
      REAL *slots_[GROUP];
      for (int g = 0; g < GROUP; g++) {
        const integer point = i + g < end ? i + g : end - 1;
        a_[g] = a + call->p[point] * width1 * lanes + (own ? part : 0);
        b_[g] = b + call->q[point] * width2 * LANES + part;
        slots_[g] = slots + (point - start) * count * LANES + part;
        rho_[g] = *(const vector *)(slots_[g] + rho * LANES);
        sums[g] = all(0);
      }
      for (integer k = (width1 < width2 ? width1 : width2) - 1; k >= order; k--) {
        REAL falling = 1;
        for (int m = 0; m < order; m++) falling *= k - m;
        for (int g = 0; g < GROUP; g++) {
          const vector factor = own ? *(const vector *)(a_[g] + k * LANES) : all(a_[g][k]);
          sums[g] = vfma(sums[g], rho_[g], factor * all(falling) * *(const vector *)(b_[g] + k * LANES));
        }
      }
      for (int g = 0; g < GROUP; g++) *(vector *)(slots_[g] + to * LANES) = sums[g];
    }
  }
}
