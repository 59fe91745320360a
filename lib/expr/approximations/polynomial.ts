/** The two building blocks of every approximation. */
import { constant, type Expr } from "../expr.ts";

/** c₀ + c₁x + c₂x² + … by Horner's rule. */
export function polynomial(x: Expr, coefficients: readonly number[]): Expr {
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
