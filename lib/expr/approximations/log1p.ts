/** log(1 + x) from the rounded sum u = 1 + x and what the rounding lost. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { logOfParts, splitMantissa } from "./log.ts";
import { limits } from "./limits.ts";

/** log(1 + x) within 1.5 ULP; the lowest finite number where x ≤ −1. */
export function log1p(precision: DType, x: Expr): Expr {
  const { max, minNormal } = limits[precision];
  // The maximum also keeps compilers from cancelling the 1 in x − (u − 1).
  const u = x.add(1).max(minNormal);
  const { e, mantissa } = splitMantissa(u);
  const lost = x.sub(u.sub(1)).ldexp(e.neg());
  const f = e.eq(0).select(x, mantissa.sub(1).add(lost));
  return x.gt(-1).select(logOfParts(precision, e, f), -max);
}
