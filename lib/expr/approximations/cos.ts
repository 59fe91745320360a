/** Cosine. */
import type { Expr } from "../expr.ts";
import type { Precision } from "./precision.ts";
import { sineOfShifted } from "./quadrant.ts";

/** cos x within 3 ULP for |x| ≤ 10⁴ (float32) or 10⁶ (float64); beyond, the error grows with |x|. */
export function cos(precision: Precision, x: Expr): Expr {
  return sineOfShifted(precision, x, 1);
}
