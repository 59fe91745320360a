/** Free functions over expressions: the operations as functions, and the usual ones composed of them. */
import { type Expr, node, type Operand, toExpr } from "./expr.ts";

/**
 * e to the power of x.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example At 0
 * ```ts
 * import { evaluate, exp, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(exp(x), { x: 0 }) !== 1) throw new Error("e⁰ must be 1");
 * ```
 */
export const exp = (x: Operand): Expr => toExpr(x).exp();

/**
 * eˣ − 1, to full relative accuracy near 0.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example A tiny argument
 * ```ts
 * import { evaluate, expm1, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(expm1(x), { x: 1e-20 }) !== 1e-20) throw new Error("eˣ − 1 ≈ x must keep its digits");
 * ```
 */
export const expm1 = (x: Operand): Expr => toExpr(x).expm1();

/**
 * The natural logarithm of x: −∞ at 0, NaN below.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example The inverse of exp
 * ```ts
 * import { evaluate, log, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(log(x), { x: Math.E }) !== 1) throw new Error("log e must be 1");
 * ```
 */
export const log = (x: Operand): Expr => toExpr(x).log();

/**
 * log(1 + x), to full relative accuracy near 0.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example A tiny argument
 * ```ts
 * import { evaluate, log1p, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(log1p(x), { x: 1e-20 }) !== 1e-20) throw new Error("log(1 + x) ≈ x must keep its digits");
 * ```
 */
export const log1p = (x: Operand): Expr => toExpr(x).log1p();

/**
 * √max(x, 0): rounding makes squares that cancel slightly negative. Its derivative at 0 counts as 0.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example Nothing below 0
 * ```ts
 * import { evaluate, sqrt, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(sqrt(x), { x: 9 }) !== 3 || evaluate(sqrt(x), { x: -1e-16 }) !== 0) throw new Error("3 and 0");
 * ```
 */
export const sqrt = (x: Operand): Expr => toExpr(x).sqrt();

/**
 * The sine of x, an angle in radians.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example An odd function
 * ```ts
 * import { evaluate, sin, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(sin(x), { x: 0 }) !== 0) throw new Error("sin 0 must be 0");
 * ```
 */
export const sin = (x: Operand): Expr => toExpr(x).sin();

/**
 * The cosine of x, an angle in radians.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example An even function
 * ```ts
 * import { cos, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(cos(x), { x: Math.PI }) !== -1) throw new Error("cos π must be −1");
 * ```
 */
export const cos = (x: Operand): Expr => toExpr(x).cos();

/**
 * The hyperbolic tangent (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ).
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example It saturates
 * ```ts
 * import { evaluate, tanh, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(tanh(x), { x: 40 }) !== 1) throw new Error("1 − 2e⁻⁸⁰ must round to 1");
 * ```
 */
export const tanh = (x: Operand): Expr => toExpr(x).tanh();

/**
 * The error function 2/√π·∫₀ˣ exp(−t²) dt.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example It saturates
 * ```ts
 * import { erf, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(erf(x), { x: -9 }) !== -1) throw new Error("erf(−9) must round to −1");
 * ```
 */
export const erf = (x: Operand): Expr => toExpr(x).erf();

/**
 * The absolute value |x|.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example Both sides of 0
 * ```ts
 * import { abs, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(abs(x), { x: -2 }) !== 2) throw new Error("|−2| must be 2");
 * ```
 */
export const abs = (x: Operand): Expr => toExpr(x).abs();

/**
 * The smaller one of x and y.
 *
 * @throws {TypeError} if an argument is neither an expression nor a number.
 *
 * @example A bound from above
 * ```ts
 * import { evaluate, min, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(min(x, 6), { x: 7 }) !== 6) throw new Error("min(7, 6) must be 6");
 * ```
 */
export const min = (x: Operand, y: Operand): Expr => node("min", x, y);

/**
 * The larger one of x and y.
 *
 * @throws {TypeError} if an argument is neither an expression nor a number.
 *
 * @example The rectifier
 * ```ts
 * import { evaluate, max, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(max(x, 0), { x: -7 }) !== 0) throw new Error("max(−7, 0) must be 0");
 * ```
 */
export const max = (x: Operand, y: Operand): Expr => node("max", x, y);

/**
 * The angle in (−π, π] of the point (x, y) with the positive x-axis, in radians; 0 for (0, 0).
 *
 * @throws {TypeError} if an argument is neither an expression nor a number.
 *
 * @example The diagonal of the second quadrant
 * ```ts
 * import { atan2, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(atan2(1, x), { x: -1 }) !== 3 * Math.PI / 4) throw new Error("the angle of (−1, 1) must be ¾π");
 * ```
 */
export const atan2 = (y: Operand, x: Operand): Expr => node("atan2", y, x);

/**
 * x where the truth value `condition` (of `lt`, `gt`, `eq` or `and`) holds, else y; both are computed.
 *
 * @throws {TypeError} if an argument is neither an expression nor a number.
 *
 * @example A step
 * ```ts
 * import { evaluate, select, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(select(x.lt(0), -1, 1), { x: 3 }) !== 1) throw new Error("3 is not below 0");
 * ```
 */
export const select = (condition: Expr, x: Operand, y: Operand): Expr => node("select", condition, x, y);

/**
 * The arcsine of x in [−1, 1], as the angle of (√((1−x)(1+x)), x), which keeps its digits near |x| = 1.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example A right angle
 * ```ts
 * import { asin, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(asin(x), { x: 1 }) !== Math.PI / 2) throw new Error("arcsin 1 must be ½π");
 * ```
 */
export const asin = (x: Operand): Expr => node("asin", x);

/**
 * The arccosine of x in [−1, 1], as the angle of (x, √((1−x)(1+x))), which keeps its digits near |x| = 1.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example Opposite directions
 * ```ts
 * import { acos, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(acos(x), { x: -1 }) !== Math.PI) throw new Error("arccos(−1) must be π");
 * ```
 */
export const acos = (x: Operand): Expr => node("acos", x);

/**
 * The arctangent of x, in [−½π, ½π].
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example An eighth of a turn
 * ```ts
 * import { atan, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(atan(x), { x: 1 }) !== Math.PI / 4) throw new Error("arctan 1 must be ¼π");
 * ```
 */
export const atan = (x: Operand): Expr => toExpr(x).atan2(1);

/**
 * The hyperbolic sine (eˣ − e⁻ˣ)/2 = (h + g)·(2 + h − g)/2 with h = e^½|x| − 1 and g = 1 − e^−½|x|: small x keep their digits, and
 * it is finite wherever its value is.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example A tiny argument
 * ```ts
 * import { evaluate, sinh, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(sinh(x), { x: 1e-20 }) !== 1e-20) throw new Error("sinh x ≈ x must keep its digits");
 * ```
 */
export const sinh = (x: Operand): Expr => {
  const half = toExpr(x).abs().mul(0.5);
  const [h, g] = [half.expm1(), half.neg().expm1().neg()];
  const magnitude = h.add(g).mul(h.sub(g).mul(0.5).add(1));
  return toExpr(x).lt(0).select(magnitude.neg(), magnitude);
};

/**
 * The hyperbolic cosine (eˣ + e⁻ˣ)/2, with e^½ˣ squared last, so that it is finite wherever its value is.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example An even function
 * ```ts
 * import { cosh, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(cosh(x), { x: 0 }) !== 1) throw new Error("cosh 0 must be 1");
 * ```
 */
export const cosh = (x: Operand): Expr => {
  const half = toExpr(x).mul(0.5);
  const [root, inverse] = [half.exp(), half.neg().exp()];
  return root.mul(0.5).mul(root).add(inverse.mul(0.5).mul(inverse));
};

/**
 * The logistic function 1/(1 + e⁻ˣ) = eˣ/(1 + eˣ), in the form whose exponent is not positive: the other one overflows, and its
 * slope would be 0·∞.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example Halfway
 * ```ts
 * import { evaluate, sigmoid, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(sigmoid(x), { x: 0 }) !== 0.5) throw new Error("1/(1 + 1) must be ½");
 * ```
 */
export const sigmoid = (x: Operand): Expr => {
  const e = toExpr(x).abs().neg().exp();
  return toExpr(x).lt(0).select(e, 1).div(e.add(1));
};

/**
 * log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), which does not overflow.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example A large argument
 * ```ts
 * import { evaluate, softplus, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(softplus(x), { x: 1000 }) !== 1000) throw new Error("log(1 + e¹⁰⁰⁰) must round to 1000");
 * ```
 */
export const softplus = (x: Operand): Expr => toExpr(x).max(0).add(toExpr(x).abs().neg().exp().log1p());

/**
 * The sign of x: −1, 0 or 1.
 *
 * @throws {TypeError} if x is neither an expression nor a number.
 *
 * @example Below 0
 * ```ts
 * import { evaluate, sign, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(sign(x), { x: -3 }) !== -1) throw new Error("the sign of −3 must be −1");
 * ```
 */
export const sign = (x: Operand): Expr => toExpr(x).lt(0).select(-1, toExpr(x).gt(0).select(1, 0));
