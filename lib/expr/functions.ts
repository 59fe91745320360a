/** Free functions over expressions: the operations as functions, and the usual ones composed of them. */
import { constant, type Expr, node, type Operand, toExpr } from "./expr.ts";

/** eˣ */
export const exp = (x: Operand): Expr => toExpr(x).exp();
/** eˣ − 1 */
export const expm1 = (x: Operand): Expr => toExpr(x).expm1();
/** Natural logarithm */
export const log = (x: Operand): Expr => toExpr(x).log();
/** log(1 + x) */
export const log1p = (x: Operand): Expr => toExpr(x).log1p();
/** √max(x, 0) */
export const sqrt = (x: Operand): Expr => toExpr(x).sqrt();
/** Sine */
export const sin = (x: Operand): Expr => toExpr(x).sin();
/** Cosine */
export const cos = (x: Operand): Expr => toExpr(x).cos();
/** Hyperbolic tangent */
export const tanh = (x: Operand): Expr => toExpr(x).tanh();
/** Error function */
export const erf = (x: Operand): Expr => toExpr(x).erf();
/** |x| */
export const abs = (x: Operand): Expr => toExpr(x).abs();
/** min(x, y) */
export const min = (x: Operand, y: Operand): Expr => node("min", x, y);
/** max(x, y) */
export const max = (x: Operand, y: Operand): Expr => node("max", x, y);
/** Angle of the point (x, y) */
export const atan2 = (y: Operand, x: Operand): Expr => node("atan2", y, x);
/** x where the truth value holds, else y */
export const select = (condition: Expr, x: Operand, y: Operand): Expr => node("select", condition, x, y);
/** arcsin x, as the angle of (√((1−x)(1+x)), x), which keeps its digits near |x| = 1 */
export const asin = (x: Operand): Expr => toExpr(x).atan2(cosineFromSine(x));
/** arccos x */
export const acos = (x: Operand): Expr => cosineFromSine(x).atan2(x);
/** arctan x */
export const atan = (x: Operand): Expr => toExpr(x).atan2(1);
/** sinh x = (eˣ − e⁻ˣ)/2, by expm1 so that small x keep their digits */
export const sinh = (x: Operand): Expr => {
  const t = toExpr(x).abs().expm1();
  const magnitude = t.add(t.div(t.add(1))).mul(0.5);
  return toExpr(x).lt(0).select(magnitude.neg(), magnitude);
};
/** cosh x */
export const cosh = (x: Operand): Expr => toExpr(x).exp().add(toExpr(x).neg().exp()).mul(0.5);
/** Logistic function 1/(1 + e⁻ˣ) */
export const sigmoid = (x: Operand): Expr => toExpr(x).neg().exp().add(1).reciprocal();
/** log(1 + eˣ), without overflow */
export const softplus = (x: Operand): Expr => toExpr(x).max(0).add(toExpr(x).abs().neg().exp().log1p());
/** −1, 0 or 1 */
export const sign = (x: Operand): Expr => toExpr(x).lt(0).select(-1, toExpr(x).gt(0).select(1, 0));

const cosineFromSine = (x: Operand) => constant(1).sub(x).mul(toExpr(x).add(1)).sqrt();
