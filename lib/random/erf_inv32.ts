/** The inverse of erf in single precision, as XLA computes it. */
import { horner32 } from "./fma.ts";
import { log1p32 } from "./log1p.ts";

/** Coefficients in w − 2.5 for w < 5, highest power first (Giles 2012, table 5). */
const CENTRAL = Float32Array.from([
  2.81022636e-8,
  3.43273939e-7,
  -3.5233877e-6,
  -4.39150654e-6,
  2.1858087e-4,
  -1.25372503e-3,
  -4.17768164e-3,
  0.246640727,
  1.50140941,
]);

/** Coefficients in √w − 3 for w ≥ 5. */
const TAIL = Float32Array.from([
  -2.00214257e-4,
  1.00950558e-4,
  1.34934322e-3,
  -3.67342844e-3,
  5.73950773e-3,
  -7.6224613e-3,
  9.43887047e-3,
  1.00167406,
  2.83297682,
]);

/**
 * The inverse error function of a float32 |x| < 1, as XLA computes it in float32: x·p(w) with w = −log(1 −
 * x²) (Giles 2012, "Approximating the erfinv function").
 */
export function erfInv32(x: number): number {
  const w = -log1p32(Math.fround(x * -x));
  const p = w < 5
    ? horner32(CENTRAL, Math.fround(w - 2.5))
    : horner32(TAIL, Math.fround(Math.fround(Math.sqrt(w)) - 3));
  return Math.fround(p * x);
}
