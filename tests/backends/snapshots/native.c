#define REAL float
#define SQRT __builtin_sqrtf
#define FLOOR __builtin_floorf
#define ABS __builtin_fabsf
enum { TILE = 96, HERMITE_STEP = 8, HERMITE_VECTORS = 6, DEPTH = 256, PRODUCTS_TOGETHER = 4, PAGE = 2097152 };
// What all C text of this backend starts with: how functions and loops are to be compiled, and how long vectors are. REAL and the
// sizes of budget.ts are defined in front of this text. INDEPENDENT and UNROLL stand in front of loops: no turn depends on
// another, so that several may be computed side by side; or all turns, which are few and known, are written out.

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 12")
#endif

// Bytes of the processor's longest vectors, and how many numbers those have.
#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
enum { VECTOR = BYTES / sizeof(REAL) };

typedef long long integer;
// What the tile loop (tiles.c) and the maps of programs (strips.ts) agree on; behind ../shared.c. The functions SQRT, FLOOR and
// ABS are defined in front of this text.

// GCC would make branches of selects that test the same condition, and no vectors of these: maps of ReLU and GELU take 1.10 to 1.18
// of the time then in float32, and 1.05 in float64.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-thread-jumps")
#endif

// Computes a number now, in a register.
#if defined(__x86_64__)
#define IN_REGISTER(x) __asm__("" : "+v"(x))
#elif defined(__aarch64__)
#define IN_REGISTER(x) __asm__("" : "+w"(x))
#else
#define IN_REGISTER(x)
#endif

typedef REAL vector __attribute__((vector_size(VECTOR * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
_Static_assert(sizeof(vector) == VECTOR * sizeof(REAL), "the compiler must have vector types");

// The map of one row of x1 with a strip of TILE rows of x2: features of the row, of the strip, where the coefficient tables start
// among them and how wide they are, and the map's parameters, then covariances and NTKs in and, TILE · TILE values apart, the
// outputs.
typedef void map_function(const REAL *row, const REAL *strip, const integer *tables, const REAL *parameters,
                          const REAL *cov, const REAL *ntk, REAL *out);

// The same for one piece of a map; `slots` holds what one piece computes for later ones, and none reads what it writes.
#define PARAMETERS                                                                                              \
  const REAL *restrict row, const REAL *restrict strip, const REAL *restrict parameters, const REAL *restrict cov, const REAL *restrict ntk, \
      REAL(*restrict slots)[TILE], REAL *restrict out

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

INLINE float max_(float x, float y) { return x > y ? x : y; }
INLINE float min_(float x, float y) { return x < y ? x : y; }
INLINE float floor_(float x) { return FLOOR(x); }
INLINE float power_of_2_(float k) {
  union { float value; unsigned bits; } u = { k + 0x1.8p23f };
  u.bits = (u.bits + 127) << 23;
  return u.value;
}
INLINE float ldexp_(float x, float k) {
  const float half = FLOOR(k / 2);
  return x * power_of_2_(half) * power_of_2_(k - half);
}
INLINE float select_(_Bool condition, float x, float y) { return condition ? x : y; }
NOINLINE void piece0(PARAMETERS) {
  const REAL x1 = row[0];
  INDEPENDENT
  for (integer j = 0; j < TILE; j++) {
    const REAL x0 = strip[0 * TILE + j];
    const REAL x2 = cov[j];
    const float t0 = (x2 / (x1 * x0));
    slots[0][j] = t0;
  }
}
NOINLINE void piece1(PARAMETERS) {
  
  INDEPENDENT
  for (integer j = 0; j < TILE; j++) {
    const REAL x0 = slots[1][j];
    const float t0 = min_(max_(x0, (-87.3365478515625f)), 88.72283172607422f);
    const float t1 = floor_(((t0 * 1.4426950216293335f) + 0.5f));
    const float t2 = (min_((t0 - (t1 * 0.693359375f)), 1.2676506002282294e+30f) - (t1 * (-0.00021219444170128554f)));
    const float t3 = (((0.0013882523635402322f * t2) + 0.008366520516574383f) * t2);
    const float t4 = ((((t3 + 0.04166720062494278f) * t2) + 0.1666654348373413f) * t2);
    const float t5 = (((t2 + ((t2 * t2) * (t4 + 0.4999999701976776f))) + 1.0f) * 2.0f);
    const float t6 = select_((88.72283172607422f < x0), 3.4028234663852886e+38f, ldexp_(t5, (t1 - 1.0f)));
    const float t7 = select_((x0 < (-87.3365478515625f)), 0.0f, t6);
    slots[0][j] = t7;
    out[0 * TILE * TILE + j] = x0;
  }
}
NOINLINE void piece2(PARAMETERS) {
  
  INDEPENDENT
  for (integer j = 0; j < TILE; j++) {
    const REAL x0 = cov[j];
    const REAL x1 = slots[0][j];
    const REAL x2 = ntk[j];
    const float t0 = (x2 * select_((x0 < 0.0f), 0.0f, x1));
    out[1 * TILE * TILE + j] = t0;
  }
}
map_function map;
void map(const REAL *row, const REAL *strip, const integer *tables, const REAL *parameters, const REAL *cov, const REAL *ntk, REAL *out) {
  _Alignas(64) REAL slots[2][TILE];
  piece0(row, strip, parameters, cov, ntk, slots, out);
  hermite_sum(1, row + tables[0], tables[1], strip + tables[0] * TILE, tables[1], slots[0], slots[1]);
  piece1(row, strip, parameters, cov, ntk, slots, out);
  piece2(row, strip, parameters, cov, ntk, slots, out);
}
