/** The logarithm in single precision, as XLA computes it. */
import { fma32 } from "./fma.ts";

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
export function log32(x: number): number {
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
