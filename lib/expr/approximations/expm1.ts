/** eˣ − 1 = 2ᵏ·((eʳ − 1) + (1 − 2⁻ᵏ)), which for k = 0 is the polynomial itself. */
import type { DType } from "../../array/dtype.ts";
import { constant, type Expr } from "../expr.ts";
import { reduceExp } from "./exp.ts";
import { limits } from "./limits.ts";

/** Below `smallest`, eˣ − 1 rounds to −1; above `largest` it is not finite. */
const range = {
  float32: { smallest: -18, largest: 88.72283172607422 },
  float64: { smallest: -40, largest: 709.782712893384 },
};

/** eˣ − 1 within 2 ULP; at most the largest finite number. */
export function expm1(precision: DType, x: Expr): Expr {
  const { smallest, largest } = range[precision];
  const reduced = reduceExp(precision, x.max(smallest).min(largest));
  // The bound 1 is never reached from above: it keeps compilers from adding expm1 + 1 first.
  const rest = constant(1).sub(constant(1).ldexp(reduced.k.neg())).min(1);
  const value = reduced.expm1.add(rest).mul(2).ldexp(reduced.k.sub(1));
  return x.gt(largest).select(limits[precision].max, value);
}
