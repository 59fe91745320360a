/** log(1 + x) as XLA computes it, which the inverse of erf needs. */
import { fma, fma32, horner, horner32 } from "./fma.ts";
import { log32 } from "./log32.ts";

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
