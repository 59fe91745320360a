// Vectors of LANES values, one for each of LANES pairs of inputs, and the operations on them. Nothing here is fused or reordered
// by the compiler, so every lane has the same bits wherever and with whatever others it is computed. REAL and BITS, its signed
// integer of the same size, and the exponent format (MANTISSA, BIAS, SHIFT) are defined in front of this text.
//
// A `vector` is as long as the processor's registers, so that LANES pairs are one to four of them: maps run over parts of a
// place. A `mask` is the result of a comparison, which vselect takes. code/statements.ts writes one call a line, such as
//
//     const mask t4 = vlt(t2, t3);
//     const vector t5 = vselect(t4, t0, vfma(t1, t2, t0));

#if defined(__AVX512F__) || defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#endif

// The lanes are as many for every processor; where its vectors are shorter, they take several of them.
enum { LANES = BLOCK_BYTES / sizeof(REAL) };
typedef REAL vector __attribute__((vector_size(BYTES), aligned(BYTES), may_alias));
typedef BITS bits __attribute__((vector_size(BYTES), aligned(BYTES), may_alias));

INLINE vector all(REAL x) { return x - (vector){0}; }

// With AVX-512 masks are numbers of a bit a lane, and 2ᵏ and ⌊log₂|x|⌋ have instructions of their own. MM and MASK give the name
// of an intrinsic function in the precision, N its type of vectors.
#if defined(__AVX512F__)
#if MANTISSA == 23
#define MM(name) _mm512_##name##_ps
#define MASK(name) _mm512_##name##_ps_mask
typedef __mmask16 mask;
typedef __m512 native;
#else
#define MM(name) _mm512_##name##_pd
#define MASK(name) _mm512_##name##_pd_mask
typedef __mmask8 mask;
typedef __m512d native;
#endif
#define N(x) ((native)(x))
// On all processors alike.
INLINE vector vnegateif(mask m, vector x) {
  const __m512i sign = (__m512i)all((REAL)-0.0), value = (__m512i)x;
#if MANTISSA == 23
  return (vector)_mm512_mask_xor_epi32(value, m, value, sign);
#else
  return (vector)_mm512_mask_xor_epi64(value, m, value, sign);
#endif
}
INLINE mask vlt(vector x, vector y) { return MASK(cmp)(N(x), N(y), _CMP_LT_OQ); }
INLINE mask veq(vector x, vector y) { return MASK(cmp)(N(x), N(y), _CMP_EQ_OQ); }
INLINE mask vnonzero(vector x) { return MASK(cmp)(N(x), N(all(0)), _CMP_NEQ_UQ); }
INLINE vector vselect(mask m, vector x, vector y) { return (vector)MM(mask_blend)(m, N(y), N(x)); }
INLINE int vany(mask m) { return m != 0; }
INLINE int vevery(mask m) { return m == (mask)((1 << VECTOR) - 1); }
INLINE vector vmax(vector x, vector y) { return (vector)MM(max)(N(x), N(y)); }
INLINE vector vmin(vector x, vector y) { return (vector)MM(min)(N(x), N(y)); }
INLINE vector vroot(vector x) { return (vector)MM(sqrt)(N(x)); }
INLINE vector vfloor(vector x) { return (vector)MM(roundscale)(N(x), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
INLINE vector vfma(vector x, vector y, vector z) { return (vector)MM(fmadd)(N(x), N(y), N(z)); }
INLINE vector vfms(vector x, vector y, vector z) { return (vector)MM(fmsub)(N(x), N(y), N(z)); }
INLINE vector vfnma(vector x, vector y, vector z) { return (vector)MM(fnmadd)(N(x), N(y), N(z)); }
INLINE vector vldexp(vector x, vector k) { return (vector)MM(scalef)(N(x), N(k)); }
INLINE vector vexponent(vector x) { return (vector)MM(getexp)(N(x)); }
// Else masks are vectors of all bits or none.
#else
typedef bits mask;
INLINE mask vlt(vector x, vector y) { return (mask)(x < y); }
INLINE mask veq(vector x, vector y) { return (mask)(x == y); }
INLINE mask vnonzero(vector x) { return (mask)(x != 0); }
INLINE vector vnegateif(mask m, vector x) { return (vector)((bits)x ^ ((bits)all((REAL)-0.0) & m)); }
// AVX2 has what compilers would otherwise write lane by lane: without this, 21 convolutions with a global pooling take 1.19 of
// the time.
#if defined(__AVX2__) && defined(__FMA__)
#if MANTISSA == 23
#define MM(name) _mm256_##name##_ps
typedef __m256 native;
#else
#define MM(name) _mm256_##name##_pd
typedef __m256d native;
#endif
#define N(x) ((native)(x))
INLINE vector vselect(mask m, vector x, vector y) { return (vector)MM(blendv)(N(y), N(x), N(m)); }
INLINE int vany(mask m) { return MM(movemask)(N(m)) != 0; }
INLINE int vevery(mask m) { return MM(movemask)(N(m)) == (1 << VECTOR) - 1; }
INLINE vector vmax(vector x, vector y) { return (vector)MM(max)(N(x), N(y)); }
INLINE vector vmin(vector x, vector y) { return (vector)MM(min)(N(x), N(y)); }
INLINE vector vroot(vector x) { return (vector)MM(sqrt)(N(x)); }
INLINE vector vfloor(vector x) { return (vector)MM(floor)(N(x)); }
INLINE vector vfma(vector x, vector y, vector z) { return (vector)MM(fmadd)(N(x), N(y), N(z)); }
#else
// Any other processor: what has no operator on vectors goes lane by lane, which compilers turn into instructions where there are
// any.
INLINE vector vselect(mask m, vector x, vector y) { return (vector)(((bits)x & m) | ((bits)y & ~m)); }
INLINE int vany(mask m) {
  BITS some = 0;
  for (int l = 0; l < VECTOR; l++) some |= m[l];
  return some != 0;
}
INLINE int vevery(mask m) { return !vany(~m); }
INLINE vector vmax(vector x, vector y) { return vselect(vlt(y, x), x, y); }
INLINE vector vmin(vector x, vector y) { return vselect(vlt(x, y), x, y); }
#define LANEWISE(expression)                              \
  {                                                       \
    vector r;                                             \
    for (int l = 0; l < VECTOR; l++) r[l] = (expression);  \
    return r;                                             \
  }
INLINE vector vroot(vector x) LANEWISE(REAL_SQRT(x[l]))
INLINE vector vfloor(vector x) LANEWISE(REAL_FLOOR(x[l]))
// Fused wherever the processor can, so that all functions round alike.
#if defined(__FMA__) || defined(__aarch64__)
INLINE vector vfma(vector x, vector y, vector z) LANEWISE(REAL_FMA(x[l], y[l], z[l]))
#else
INLINE vector vfma(vector x, vector y, vector z) { return x * y + z; }
#endif
#endif
INLINE vector vfms(vector x, vector y, vector z) { return vfma(x, y, -z); }
INLINE vector vfnma(vector x, vector y, vector z) { return vfma(-x, y, z); }
// SHIFT, 1.5·2^MANTISSA, puts an integral number into the last bits of their sum.
INLINE vector vpower_of_2(vector k) { return (vector)(((bits)(k + SHIFT) + BIAS) << MANTISSA); }
// Two factors, since 2ᵏ itself may leave the range where x·2ᵏ does not.
INLINE vector vldexp(vector x, vector k) {
  const vector half = vfloor(k * (REAL)0.5);
  return x * vpower_of_2(half) * vpower_of_2(k - half);
}
INLINE vector vexponent(vector x) {
  const bits field = ((bits)x >> MANTISSA & (2 * BIAS + 1)) - BIAS;
  return (vector)((bits)all(SHIFT) + field) - SHIFT;
}
#endif

INLINE vector vneg(vector x) { return -x; }
INLINE vector vabs(vector x) { return (vector)((bits)x & ~(bits)all((REAL)-0.0)); }
INLINE vector vsqrt(vector x) { return vroot(vmax(x, all(0))); }
INLINE vector vnumber(mask m) { return vselect(m, all(1), all(0)); }
INLINE mask vand(mask x, mask y) { return x & y; }

// What the driver and the maps of a program agree on.

// A tile of an earlier node: where the first tap of every point is, and where each of `count` rows of taps starts from there;
// memory for the sums of each tap over the rows, of every value of a place.
struct input {
  const REAL *tile;
  const int *x;
  const integer *rows;
  integer count, taps;
  REAL *columns;
};

// The points of a tile: their positions in both inputs, and where their values are in the tile.
struct call {
  integer count;
  const int *p, *q, *x;
  struct features first, second;
  REAL *out;
  // 0 where p = q, else 1
  REAL offset;
  const struct input *inputs;
};

typedef void map_function(const struct call *call);

// The features that a side needs, and for inputs with themselves the variance after the map, of `count` inputs or positions; in
// double precision until they are stored.
typedef void rows_function(integer count, const double *const *in, REAL *features, integer stride, REAL *variance);

// 1 if a condition on the variances does not hold somewhere.
typedef integer check_function(integer count, const double *const *in);
