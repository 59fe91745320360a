/** The angle of (x, y): an arctangent on [0, 1] in absolute value, placed in its octant. */
import type { DType } from "../../array/dtype.ts";
import { constant, type Expr } from "../expr.ts";
import { atanUnit } from "./atan.ts";

/** Lengths above `large` are scaled down by `shrink`, those below 1/`large` up, to where shaders divide accurately. */
const scales = {
  float32: { large: 2 ** 60, shrink: 2 ** -64 },
  float64: { large: 2 ** 500, shrink: 2 ** -512 },
};

/** The angle of (x, y) in (−π, π] within 2.5 ULP; 0 at (0, 0), and zeros count as positive zeros. */
export function atan2(precision: DType, y: Expr, x: Expr): Expr {
  const { large, shrink } = scales[precision];
  const longest = x.abs().max(y.abs());
  const scale = longest.gt(large).select(shrink, longest.lt(1 / large).select(1 / shrink, 1));
  return angleOf(precision, y, x, scale);
}

/** The same where divisions are accurate at all lengths. */
export const unscaledAtan2 = (precision: DType, y: Expr, x: Expr): Expr =>
  angleOf(precision, y, x, constant(1));

function angleOf(precision: DType, y: Expr, x: Expr, scale: Expr): Expr {
  const [a, b] = [x.abs(), y.abs()];
  const long = a.max(b).mul(scale);
  const t = a.min(b).mul(scale).div(long.gt(0).select(long, 1));
  const angle = atanUnit(precision, t, t.square());
  const acute = x.abs().lt(y.abs()).select(constant(Math.PI / 2).sub(angle), angle);
  const value = x.lt(0).select(constant(Math.PI).sub(acute), acute);
  return y.lt(0).select(value.neg(), value);
}
