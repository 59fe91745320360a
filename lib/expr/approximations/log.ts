/** log x = e·log 2 + log(1 + f) with x = 2ᵉ·(1 + f) and √½ ≤ 1 + f < √2. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { splitLog2 } from "./exp.ts";
import { polynomial } from "./polynomial.ts";
import { limits } from "./limits.ts";

/** (log((1 + s)/(1 − s))/s − 2)/s² in z = s². */
const coefficients = {
  float32: [
    0.6666677594184875,
    0.3997752070426941,
    0.29872310161590576,
  ],
  float64: [
    0.6666666666666735,
    0.3999999999941313,
    0.2857142874276586,
    0.22222198531153883,
    0.18183566668110784,
    0.15313986800711618,
    0.1479662424618098,
  ],
};

/**
 * log x within 1 ULP. Numbers below the smallest normal one count as that; the lowest finite number where x ≤ 0.
 */
export function log(precision: DType, x: Expr): Expr {
  const { max, minNormal } = limits[precision];
  const { e, mantissa } = splitMantissa(x.max(minNormal));
  return x.gt(0).select(logOfParts(precision, e, mantissa.sub(1)), -max);
}

/** e and m with x = 2ᵉ·m and √½ ≤ m < √2, for a normal x > 0. */
export function splitMantissa(x: Expr): { e: Expr; mantissa: Expr } {
  const exponent = x.exponent();
  const mantissa = x.ldexp(exponent.neg());
  const high = mantissa.gt(Math.SQRT2);
  return { e: exponent.add(high.select(1, 0)), mantissa: mantissa.mul(high.select(0.5, 1)) };
}

/** e·log 2 + log(1 + f); log(1 + f) = f − (f²/2 − s·(f²/2 + R)) with s = f/(2 + f) keeps the digits of a small f. */
export function logOfParts(precision: DType, e: Expr, f: Expr): Expr {
  const log2 = splitLog2[precision];
  const s = f.div(f.add(2));
  const z = s.square();
  const remainder = z.mul(polynomial(z, coefficients[precision]));
  const halfSquare = f.square().mul(0.5);
  const correction = halfSquare.sub(s.mul(halfSquare.add(remainder)).add(e.mul(log2.low)));
  return e.mul(log2.high).sub(correction.sub(f));
}
