// sum[j] = Σₖ k!/(k−m)! · aₖ bₖⱼ ρⱼ^(k−m) for m = order by Horner's rule, which ends with the shorter table: a of the row, b of
// the strip.
INLINE void hermite_sum(const int order, const REAL *a, integer width1, const REAL *b, integer width2, const REAL *rho,
                        REAL *sum) {
  enum { VECTORS = 6 };
  for (integer j = 0; j < TILE; j += VECTORS * VECTOR) {
    vector x[VECTORS], sums[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) x[v] = *(const vector *)(rho + j + v * VECTOR);
    UNROLL for (int v = 0; v < VECTORS; v++) sums[v] = (vector){0};
    for (integer k = (width1 < width2 ? width1 : width2) - 1; k >= order; k--) {
      REAL factor = a[k];
      for (int m = 0; m < order; m++) factor *= k - m;
      UNROLL for (int v = 0; v < VECTORS; v++) {
        sums[v] = sums[v] * x[v] + factor * *(const vector *)(b + k * TILE + j + v * VECTOR);
      }
    }
    UNROLL for (int v = 0; v < VECTORS; v++) *(vector *)(sum + j + v * VECTOR) = sums[v];
  }
}
