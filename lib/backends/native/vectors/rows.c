// The row stage of vectors (features.ts): features of all rows, an operation at a time.
//
// Operations on columns, each number to the last bit as the host computes it; enum operation is defined in front of this text.

// ⌊log₂|x|⌋, of subnormal numbers too.
static double exponent_of(double x) {
  union { double value; unsigned long long bits; } u = { x }, scaled = { x * 0x1p54 };
  const int biased = u.bits >> 52 & 2047;
  if (biased == 2047) return x * x;
  if (biased > 0) return biased - 1023;
  return x == 0 ? -__builtin_inf() : (int)(scaled.bits >> 52 & 2047) - 1023 - 54;
}

// 2ᵏ for an integral k; 0 and ∞ beyond the range.
static double power_of_2(double k) {
  if (!(k <= 1023)) return k * __builtin_inf();
  if (k < -1074) return 0;
  const long long whole = k;
  union { unsigned long long bits; double value; } u = { k < -1022 ? 1ULL << (whole + 1074) : (whole + 1023ULL) << 52 };
  return u.value;
}

// x·2ᵏ; in two factors where 2ᵏ itself leaves the range, which x·2ᵏ need not do.
static double scaled_by(double x, double k) {
  const double power = power_of_2(k), half = __builtin_floor(k / 2);
  return power > 0 && power < __builtin_inf() ? x * power : x * power_of_2(half) * power_of_2(k - half);
}

// A loop for every operation, which compilers vectorise.
#define EACH(value)                                   \
  INDEPENDENT                                         \
  for (integer i = 0; i < count; i++) out[i] = value; \
  break

// out[i] = the operation on x[i], y[i] and z[i], as many of them as it takes.
void operate(enum operation operation, integer count, const double *x, const double *y, const double *z, double *out) {
  switch (operation) {
    case op_add: EACH(x[i] + y[i]);
    case op_sub: EACH(x[i] - y[i]);
    case op_mul: EACH(x[i] * y[i]);
    case op_div: EACH(x[i] / y[i]);
    case op_neg: EACH(-x[i]);
    case op_floor: EACH(__builtin_floor(x[i]));
    case op_lt: EACH(x[i] < y[i]);
    case op_select: EACH(x[i] != 0 ? y[i] : z[i]);
    case op_sqrt: EACH(__builtin_sqrt(x[i] > 0 || x[i] != x[i] ? x[i] : 0));
    case op_ldexp: EACH(scaled_by(x[i], y[i]));
    case op_exponent: EACH(exponent_of(x[i]));
  }
}
