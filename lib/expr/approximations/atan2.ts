/** The angle of (x, y): an arctangent on [0, 1] in absolute value, placed in its octant. */
import type { DType } from "../../array/dtype.ts";
import { constant, type Expr } from "../expr.ts";
import { atanUnit } from "./atan.ts";

/** Lengths above `large` are scaled down by `shrink`, those below 1/`large` up. */
const scales = {
  float32: { large: 2 ** 60, shrink: 2 ** -64 },
  float64: { large: 2 ** 500, shrink: 2 ** -512 },
};

/** The angle of (x, y) in (−π, π] within 2.5 ULP; 0 at (0, 0), and zeros count as positive zeros. */
export function atan2(precision: DType, y: Expr, x: Expr): Expr {
  const { long, short } = scaledLengths(precision, x.abs(), y.abs());
  const t = short.div(long);
  const angle = atanUnit(precision, t, t.square());
  const acute = x.abs().lt(y.abs()).select(constant(Math.PI / 2).sub(angle), angle);
  const value = x.lt(0).select(constant(Math.PI).sub(acute), acute);
  return y.lt(0).select(value.neg(), value);
}

/** The longer and the shorter of two lengths, scaled to where shaders divide accurately. */
function scaledLengths(precision: DType, a: Expr, b: Expr): { long: Expr; short: Expr } {
  const { large, shrink } = scales[precision];
  const longest = a.max(b);
  const scale = longest.gt(large).select(shrink, longest.lt(1 / large).select(1 / shrink, 1));
  const long = longest.mul(scale);
  return { long: long.gt(0).select(long, 1), short: a.min(b).mul(scale) };
}
