/** The angle of (x, y): an arctangent on [0, tan(π/8)] in absolute value, placed in its octant. */
import type { DType } from "../../array/dtype.ts";
import { constant, type Expr } from "../expr.ts";
import { polynomial } from "./polynomial.ts";

/** (atan(t)/t − 1)/t² in z = t²; lengths above `large` are scaled down by `shrink`, those below 1/`large` up. */
const constants = {
  float32: {
    large: 2 ** 60,
    shrink: 2 ** -64,
    coefficients: [
      -0.33333316445350647,
      0.19998489320278168,
      -0.1424383819103241,
      0.10595914721488953,
      -0.060832224786281586,
    ],
  },
  float64: {
    large: 2 ** 500,
    shrink: 2 ** -512,
    coefficients: [
      -0.333333333333332,
      0.1999999999995404,
      -0.14285714280244066,
      0.11111110785905388,
      -0.09090897829501454,
      0.07692061509298213,
      -0.06663118886936953,
      0.05847997728158696,
      -0.05039793859969018,
      0.03807697917352547,
      -0.017920779515761924,
    ],
  },
};

/** The angle of (x, y) in (−π, π] within 3 ULP; 0 at (0, 0), and zeros count as positive zeros. */
export function atan2(precision: DType, y: Expr, x: Expr): Expr {
  const steep = x.abs().lt(y.abs());
  const { long, short } = scaledLengths(precision, x.abs(), y.abs());
  // Above tan(π/8): atan(s/l) = π/4 + atan((s − l)/(s + l)), with the one division for both cases.
  const diagonal = short.gt(long.mul(Math.tan(Math.PI / 8)));
  const t = diagonal.select(short.sub(long), short).div(diagonal.select(short.add(long), long));
  const z = t.square();
  const angle = t.add(t.mul(z).mul(polynomial(z, constants[precision].coefficients)));
  const start = diagonal.select(Math.PI / 4, steep.select(Math.PI / 2, 0));
  const acute = start.add(steep.select(angle.neg(), angle));
  const value = x.lt(0).select(constant(Math.PI).sub(acute), acute);
  return y.lt(0).select(value.neg(), value);
}

/** The longer and the shorter of two lengths, scaled so that neither their sum nor a quotient leaves the range. */
function scaledLengths(precision: DType, a: Expr, b: Expr): { long: Expr; short: Expr } {
  const { large, shrink } = constants[precision];
  const longest = a.max(b);
  const scale = longest.gt(large).select(shrink, longest.lt(1 / large).select(1 / shrink, 1));
  const long = longest.mul(scale);
  return { long: long.gt(0).select(long, 1), short: a.min(b).mul(scale) };
}
