/** The two building blocks of every approximation. */
import { constant, type Expr } from "../expr.ts";

/** From so many coefficients on, half as many steps that wait for each other are worth one more product. */
const LONG = 6;

/**
 * c₀ + c₁x + c₂x² + … by Horner's rule; where it is long, in two halves that do not wait for each other, the even powers and
 * the odd ones.
 */
export function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  if (coefficients.length < LONG) return horner(x, coefficients);
  const [even, odd] = [0, 1].map((rest) => coefficients.filter((_, k) => k % 2 === rest));
  const square = x.square();
  return horner(square, odd).mul(x).add(horner(square, even));
}

/** c₀ + c₁x + c₂x² + … by Horner's rule. */
export function horner(x: Expr, coefficients: readonly number[]): Expr {
  return coefficients.reduceRight<Expr>((sum, c) => sum.mul(x).add(c), constant(0));
}

/**
 * x for |x| far below 2¹⁰⁰, as a value that no compiler regroups with what is done to it next.
 *
 * GPU compilers may turn (x − k·a) − k·b into x − k·(a + b), which loses the digits that the split saved; a minimum
 * stands in the way.
 */
export function asRounded(x: Expr): Expr {
  return x.min(2 ** 100);
}
