/** Sine. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { sineOfShifted } from "./quadrant.ts";

/** sin x within 2.5 ULP for |x| ≤ 10⁴ (float32) or 10⁶ (float64); beyond, the error grows with |x|. */
export function sin(precision: DType, x: Expr): Expr {
  return sineOfShifted(precision, x, 0);
}
