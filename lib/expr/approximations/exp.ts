/** eˣ = 2ᵏ·eʳ with k = round(x / log 2) and |r| ≤ log(2)/2. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { asRounded, polynomial } from "./polynomial.ts";
import { limits } from "./limits.ts";

/** log 2 in two parts, the high one short enough that k·high is exact; (eʳ − 1 − r)/r²; the last x with finite eˣ. */
const constants = {
  float32: {
    log2: { high: 0.693359375, low: -0.00021219444170128554 },
    largest: 88.72283172607422,
    coefficients: [
      0.4999999701976776,
      0.1666654348373413,
      0.04166720062494278,
      0.008366520516574383,
      0.0013882523635402322,
    ],
  },
  float64: {
    log2: { high: 0.6931471803691238, low: 1.9082149292705877e-10 },
    largest: 709.782712893384,
    coefficients: [
      0.5,
      0.16666666666666677,
      0.04166666666666651,
      0.008333333333321691,
      0.0013888888888962368,
      0.00019841269885966106,
      2.4801587172545623e-5,
      2.755724437401876e-6,
      2.7557402636303543e-7,
      2.5108978939733457e-8,
      2.087533203448003e-9,
    ],
  },
};

/** eˣ within 1.5 ULP; 0 where that is below the smallest normal number, at most the largest finite number. */
export function exp(precision: DType, x: Expr): Expr {
  const { largest } = constants[precision];
  const { max, minNormal } = limits[precision];
  const smallest = Math.log(minNormal);
  const value = expInRange(precision, x.max(smallest).min(largest));
  return x.lt(smallest).select(0, x.gt(largest).select(max, value));
}

/** eˣ for x whose eˣ is a normal number. */
export function expInRange(precision: DType, x: Expr): Expr {
  const { k, expm1 } = reduceExp(precision, x);
  // Twice 2^(k−1), since 2ᵏ is infinite for the largest x.
  return expm1.add(1).mul(2).ldexp(k.sub(1));
}

/** k and eʳ − 1 with eˣ = 2ᵏ·eʳ. */
export function reduceExp(precision: DType, x: Expr): { k: Expr; expm1: Expr } {
  const { log2, coefficients } = constants[precision];
  const k = x.mul(Math.LOG2E).add(0.5).floor();
  const r = asRounded(x.sub(k.mul(log2.high))).sub(k.mul(log2.low));
  return { k, expm1: r.add(r.square().mul(polynomial(r, coefficients))) };
}

/** log 2 in two parts whose sum it is; k·high is exact for every exponent k. */
export const splitLog2 = { float32: constants.float32.log2, float64: constants.float64.log2 };
