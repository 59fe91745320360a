// Hermite sums of a row with a strip: text in front of the pieces of a map (strips.ts), which leave ρ in one slot and read the
// sum from another. That of networks with positions (spatial/loops.c) gathers its coefficients point by point, and has no use for
// limits.
//
// The coefficients of a row, and those of a strip, are followed by the largest |ρ| for which the first HERMITE_STEP,
// 2·HERMITE_STEP, … terms of a sum are enough (features.ts); where two tables meet, both have to agree. With all terms, Softplus
// takes 1.3 to 1.5 of the time.

// How many of the first `terms` terms count at |ρ| ≤ largest.
INLINE integer terms_at(const REAL largest, integer terms, const REAL *limits1, const REAL *limits2) {
  while (terms > HERMITE_STEP) {
    const integer fewer = (terms - 1) / HERMITE_STEP;
    if (!(largest <= limits1[fewer - 1] && largest <= limits2[(fewer - 1) * TILE])) break;
    terms = fewer * HERMITE_STEP;
  }
  return terms;
}

// The largest of |x[0]|, …, |x[count − 1]|, for a multiple of VECTOR.
INLINE REAL largest_of(const REAL *x, const int count) {
  REAL largest[VECTOR] = {0};
  for (int i = 0; i < count; i += VECTOR) {
    for (int l = 0; l < VECTOR; l++) largest[l] = ABS(x[i + l]) > largest[l] ? ABS(x[i + l]) : largest[l];
  }
  UNROLL for (int half = VECTOR / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) largest[l] = largest[l + half] > largest[l] ? largest[l + half] : largest[l];
  }
  return largest[0];
}

// sum[j] = Σₖ k!/(k−m)! · aₖ bₖⱼ ρⱼ^(k−m) for m = order by Horner's rule, which ends with the shorter table: a of the row, b of
// the strip. Derivatives are summed in full, as their terms fall later.
INLINE void hermite_sum(const int order, const REAL *a, integer width1, const REAL *b, integer width2, const REAL *rho,
                        REAL *sum) {
  enum { PART = HERMITE_VECTORS * VECTOR };
  const integer width = width1 < width2 ? width1 : width2;
  for (integer j = 0; j < TILE; j += PART) {
    vector x[HERMITE_VECTORS], sums[HERMITE_VECTORS];
    UNROLL for (int v = 0; v < HERMITE_VECTORS; v++) x[v] = *(const vector *)(rho + j + v * VECTOR);
    UNROLL for (int v = 0; v < HERMITE_VECTORS; v++) sums[v] = (vector){0};
    // As many as the largest |ρ| of these pairs needs
    const integer terms =
        order ? width : terms_at(largest_of(rho + j, PART), width, a + width1, b + width2 * TILE);
    for (integer k = terms - 1; k >= order; k--) {
      // k!/(k−m)!·aₖ
      REAL factor = a[k];
      for (int m = 0; m < order; m++) factor *= k - m;
      UNROLL for (int v = 0; v < HERMITE_VECTORS; v++) {
        sums[v] = sums[v] * x[v] + factor * *(const vector *)(b + k * TILE + j + v * VECTOR);
      }
    }
    UNROLL for (int v = 0; v < HERMITE_VECTORS; v++) *(vector *)(sum + j + v * VECTOR) = sums[v];
  }
}
