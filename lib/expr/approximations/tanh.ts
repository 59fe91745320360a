/** tanh x = x + x³P(x²) for |x| < 0.55, else 1 − 2/(e^(2|x|) + 1) with the sign of x. */
import type { DType } from "../../array/dtype.ts";
import { constant, type Expr } from "../expr.ts";
import { expInRange } from "./exp.ts";
import { polynomial } from "./polynomial.ts";

/** (tanh(x)/x − 1)/x² in z = x² ≤ 0.55²; from `saturated` on, tanh rounds to 1. */
const constants = {
  float32: {
    saturated: 10,
    coefficients: [
      -0.33333319425582886,
      0.13332602381706238,
      -0.05385385826230049,
      0.021077759563922882,
      -0.006282473914325237,
    ],
  },
  float64: {
    saturated: 20,
    coefficients: [
      -0.333333333333333,
      0.13333333333326833,
      -0.05396825396387867,
      0.02186948838910438,
      -0.008863232652800904,
      0.0035920925326352656,
      -0.0014555459845642178,
      0.0005884570507160505,
      -0.00023341273205477355,
      8.336007383206202e-5,
      -1.9521030243344177e-5,
    ],
  },
};

/** tanh x within 1.5 ULP. */
export function tanh(precision: DType, x: Expr): Expr {
  const { saturated, coefficients } = constants[precision];
  const magnitude = x.abs();
  const z = x.square();
  const small = x.add(x.mul(z).mul(polynomial(z, coefficients)));
  const growth = expInRange(precision, magnitude.min(saturated).mul(2));
  const large = constant(1).sub(constant(2).div(growth.add(1)));
  return magnitude.lt(0.55).select(small, x.lt(0).select(large.neg(), large));
}
