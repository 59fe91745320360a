/** The arctangent on [0, 1] as t + t³P(t²)/Q(t²): one quotient for all of it, in a third of the operations of a polynomial. */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { horner } from "./polynomial.ts";

/** (atan(t)/t − 1)/t² in t²: coefficients of P, and those of Q up to its leading 1. */
const coefficients = {
  float32: {
    above: [-6.565029829734574, -5.674568349972408, -0.8233580056461371],
    below: [19.695094503569365, 28.84062648784986, 11.334942736764145],
  },
  float64: {
    above: [
      -401.73030220865195,
      -899.8421632316857,
      -705.5364209579421,
      -230.02505508401205,
      -28.562912031007627,
      -0.902317563083267,
    ],
    below: [
      1205.1909066259627,
      3422.6410336699905,
      3653.683494543129,
      1817.1694065438303,
      422.3179442443498,
      39.87872927414442,
    ],
  },
};

/** atan t for 0 ≤ t ≤ 1 and t² within 1.5 ULP; that of 1 is π/4 exactly. */
export function atanUnit(precision: DType, t: Expr, square: Expr): Expr {
  const { above, below } = coefficients[precision];
  return t.add(t.mul(square).mul(horner(square, above)).div(horner(square, [...below, 1])));
}

/** atan √x for 0 ≤ x ≤ 1 within 1.5 ULP; the quotient does not wait for the root. */
export function atanSqrt(precision: DType, x: Expr): Expr {
  return atanUnit(precision, x.sqrt(), x);
}
