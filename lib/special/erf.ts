/**
 * The error function and its complement in double precision.
 *
 * The coefficients interpolate at Chebyshev points in 50-digit arithmetic; rounded, they are good to 2⁻⁵⁵ of the result.
 */

// erf(x)/x − 1 as a polynomial in x² on |x| ≤ 1/2.
const SMALL = [
  0.1283791670955126,
  -0.3761263890318375,
  0.1128379167095487,
  -0.026866170645000076,
  0.005223977622024224,
  -0.0008548326511566567,
  0.00012055286259121393,
  -1.4923005626894847e-05,
  1.6371282597755977e-06,
  -1.4621341491012844e-07,
];

// (1 + 2x)·exp(x²)·erfc(x) − 5/4 as a polynomial in t = (x − 4)/(x + 4) on x ≥ 1/2, even and odd powers apart.
const TAIL_EVEN = [
  -0.017004881374447493,
  0.01537965210262131,
  -0.10103906603640309,
  -0.06633036580978946,
  -0.016197734088536392,
  -0.0007577730604702542,
  0.00015062061562616465,
  -1.1218855353322386e-05,
  2.876892951475735e-07,
  8.198322532334621e-08,
  -2.2927689897890647e-08,
  3.321215467338978e-09,
];
const TAIL_ODD = [
  -0.13962111684056244,
  0.06809705425468501,
  0.09373283499863859,
  0.03716751553230702,
  0.005031970030598251,
  -0.00019925702620915105,
  -2.4397858258244595e-05,
  5.706067497924646e-06,
  -8.189294687178514e-07,
  1.0280726165370409e-07,
  -9.500270835421291e-09,
];

// (exp(r) − 1 − r)/r² on |r| ≤ ln(2)/2.
const EXP = [
  0.5,
  0.1666666666666667,
  0.04166666666666668,
  0.008333333333326134,
  0.0013888888888879073,
  0.00019841269874822307,
  2.4801587336443602e-05,
  2.755725539833871e-06,
  2.7557263277791584e-07,
  2.5105217695684516e-08,
  2.091813816945801e-09,
];

// ln(2) in two parts; the first has 42 bits, so that its product with any exponent of a double is exact.
const LN2_HI = 0.6931471805598903;
const LN2_LO = 5.497923018708371e-14;

// 2⁻ᵏ, by exact halvings; two factors of it reach every exponent down to the subnormal range.
const HALVES = new Float64Array(550);
for (let k = 0, power = 1; k < HALVES.length; k++, power /= 2) HALVES[k] = power;

/** erf(x) − x for |x| ≤ 1/2, to full relative precision. */
function erfExcess(x: number): number {
  return x * horner(SMALL, x * x);
}

/**
 * erfc(x) for 1/2 ≤ x < 27.5 as (1 + 2x)·erfcx(x) · exp(−x²) / (1 + 2x).
 *
 * Only the last addition rounds in full: x² is split with h = fround(x), exp(−x²) is kept as 2⁻ᵏ(1 + s), and the
 * remainder of the division is formed exactly, since a 24-bit quotient times each half of 1 + 2x fits a double.
 */
function erfcTail(x: number): number {
  const h = Math.fround(x);
  const k = (x * x * Math.LOG2E + 0.5) | 0;
  const head = k * LN2_HI - h * h;
  const rest = k * LN2_LO - (x - h) * (x + h);
  const r = head + rest;
  const s = r + ((rest - (r - head)) + r * r * horner(EXP, r));

  const t = (x - 4) / (x + 4);
  const p = horner(TAIL_EVEN, t * t) + t * horner(TAIL_ODD, t * t);
  const v = p + (1.25 + p) * s;
  const numerator = 1.25 + v;
  const rounded = v - (numerator - 1.25);

  const inverse = 1 / (1 + 2 * x);
  const d = Math.fround(1 + 2 * x);
  const q = Math.fround(numerator * inverse);
  const remainder = (numerator - q * d) - q * (2 * x - (d - 1)) + rounded;
  return (q + remainder * inverse) * HALVES[k >> 1] * HALVES[k - (k >> 1)];
}

/**
 * Error function erf(x) = 2/√π ∫₀ˣ exp(−t²) dt, to within 2 ULP for every double (1.3 measured).
 *
 * Odd to the last bit, ±1 at ±∞, NaN for NaN. Source: Abramowitz & Stegun 7.1.1, DLMF 7.2.1; the approximations are
 * polynomial fits in x² below 1/2 and, above it, a fit of (1 + 2x)·exp(x²)·erfc(x) (Shepherd & Laframboise 1981).
 *
 * @param x Any number.
 * @returns erf(x) in [−1, 1].
 *
 * @example Value at 1
 * ```ts
 * import { erf } from "./erf.ts";
 * if (Math.abs(erf(1) - 0.8427007929497149) > 2e-16) throw new Error("erf(1)");
 * if (erf(-1) !== -erf(1)) throw new Error("erf is odd");
 * ```
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 0.5) return x + erfExcess(x);
  if (a >= 6) return Math.sign(x);
  const value = 1 - erfcTail(a);
  return x < 0 ? -value : value;
}

/**
 * Complementary error function erfc(x) = 1 − erf(x) = 2/√π ∫ₓ^∞ exp(−t²) dt, without cancellation.
 *
 * Relative error within 2 ULP for every double (1.6 measured), down to the smallest subnormal (x ≈ 27.2); 0 at ∞, 2 at
 * −∞, NaN for NaN. Source: Abramowitz & Stegun 7.1.2, DLMF 7.2.2.
 *
 * @param x Any number.
 * @returns erfc(x) in [0, 2].
 *
 * @example Far tail
 * ```ts
 * import { erfc } from "./erf.ts";
 * if (Math.abs(erfc(20) / 5.39586561160790093e-176 - 1) > 4e-16) throw new Error("erfc(20)");
 * ```
 */
export function erfc(x: number): number {
  if (x <= -6) return 2;
  if (x <= -0.5) return 2 - erfcTail(-x);
  if (x < 0.25) return 1 - (x + erfExcess(x));
  // x − 1/2 is exact here, so that the result rounds once at its own size.
  if (x < 0.5) return 0.5 - ((x - 0.5) + erfExcess(x));
  return x >= 27.5 ? 0 : erfcTail(x);
}

/** Σₖ cₖ xᵏ by Horner's rule, coefficients in ascending order. */
function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k];
  return sum;
}
