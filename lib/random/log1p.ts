/** log(1 + x) as XLA computes it, which the inverse of erf needs, and the logarithm in single precision. */
import { fma, fma32, horner, horner32 } from "./fma.ts";

/**
 * Numerator and denominator of (log(1 + x) − x + x²/2) / x³ for |x| < √2 − 1, highest power first (Cephes).
 */
const NUMERATOR = Float64Array.from([
  4.52700008624452e-5,
  0.49854102823193375,
  6.578732594206104,
  29.911919328553072,
  60.94966798098779,
  57.11296359058554,
  20.039553499201283,
]);
const DENOMINATOR = Float64Array.from([
  1,
  15.062909083469192,
  83.04756596796722,
  221.76239823732857,
  309.09872225312057,
  216.42788614495947,
  60.11866049760384,
]);
const NUMERATOR32 = Float32Array.from(NUMERATOR);
const DENOMINATOR32 = Float32Array.from(DENOMINATOR);

/**
 * log(1 + x) for x > −1 in float64, as XLA computes it: not better than log of the rounded sum for |x| ≥ √2 −
 * 1.
 */
export function log1p64(x: number): number {
  if (Math.abs(x) >= Math.SQRT2 - 1) return Math.log(1 + x);
  const square = x * x;
  const cubic = x * square * (horner(NUMERATOR, x) / horner(DENOMINATOR, x));
  return x + fma(square, -0.5, cubic);
}

/** log(1 + x) for float32 x > −1, as XLA computes it in float32. */
export function log1p32(x: number): number {
  if (Math.abs(x) >= Math.fround(Math.SQRT2 - 1)) return log32(Math.fround(1 + x));
  const square = Math.fround(x * x);
  const ratio = Math.fround(horner32(NUMERATOR32, x) / horner32(DENOMINATOR32, x));
  const cubic = Math.fround(Math.fround(x * square) * ratio);
  return Math.fround(x + fma32(square, -0.5, cubic));
}

/**
 * Coefficients of (log(1 + m) − m + m²/2) / m³ for √½ − 1 ≤ m < √2 − 1, highest power first, in groups of
 * three (Cephes).
 */
const HIGH = Float32Array.of(0.070376836, -0.1151461, 0.116769984);
const MIDDLE = Float32Array.of(-0.12420141, 0.14249323, -0.16668057);
const LOW = Float32Array.of(0.20000714, -0.24999994, 0.3333333);

/** log 2 in two parts, of which the first has so few bits that its product with an exponent is exact. */
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = Math.fround(-0.00021219444);

const SQRT_HALF = Math.fround(Math.SQRT1_2);

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** log x of a normal float32 x > 0, with the roundings of the vector code that XLA has on CPUs. */
function log32(x: number): number {
  float[0] = x;
  let exponent = (word[0] >>> 23) - 126;
  word[0] = (word[0] & 0x007fffff) | 0x3f000000;
  const mantissa = float[0];
  let m = mantissa - 1;
  if (mantissa < SQRT_HALF) {
    exponent -= 1;
    m += mantissa;
  }
  const square = Math.fround(m * m);
  const cube = Math.fround(square * m);
  const series = fma32(fma32(quadratic(HIGH, m), cube, quadratic(MIDDLE, m)), cube, quadratic(LOW, m));
  const small = fma32(series, cube, Math.fround(exponent * LOG2_LOW));
  return fma32(exponent, LOG2_HIGH, Math.fround(fma32(square, -0.5, m) + small));
}

function quadratic([a, b, c]: Float32Array, m: number): number {
  return fma32(fma32(a, m, b), m, c);
}
