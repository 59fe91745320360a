/** The arctangent on [0, 1] as t + t³P(t²): one polynomial for all of it, which takes less time than a range reduction. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { polynomial } from "./polynomial.ts";

/** (atan(t)/t − 1)/t² in t²; one coefficient of each is moved by a few ulp so that atan 1 is π/4 exactly. */
const coefficients = {
  float32: [
    -0.33333298563957214,
    0.19998548924922943,
    -0.14264242351055145,
    0.10952185839414597,
    -0.0840345099568367,
    0.05795760080218315,
    -0.031177852302789688,
    0.010914630256593227,
    -0.001793622155673802,
  ],
  float64: [
    -0.3333333333333307,
    0.1999999999995146,
    -0.14285714282575115,
    0.11111111007026059,
    -0.0909090700298587,
    0.07692279839191452,
    -0.06666404056508005,
    0.05880527807171227,
    -0.052535185161846805,
    0.04722322083190694,
    -0.04219178586904275,
    0.03664190309249825,
    -0.02990384568208124,
    0.021984837212886726,
    -0.013900544619730894,
    0.007196492106944774,
    -0.002884912713860289,
    0.0008313198132227093,
    -0.0001521604242186497,
    1.322503138814424e-5,
  ],
};

/** atan t for 0 ≤ t ≤ 1 and t² within 1.5 ULP. */
export function atanUnit(precision: DType, t: Expr, square: Expr): Expr {
  return t.add(t.mul(square).mul(polynomial(square, coefficients[precision])));
}

/** atan √x for 0 ≤ x ≤ 1 within 2.5 ULP; the polynomial does not wait for the root. */
export function atanSqrt(precision: DType, x: Expr): Expr {
  return atanUnit(precision, x.sqrt(), x);
}
