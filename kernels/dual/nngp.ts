/** The dual of a pair of points as an expression. */
import type { Expr } from "../../lib/expr/expr.ts";
import { diagonalMoments, momentsOf } from "../../lib/moments.ts";
import type { KernelExpr } from "../../lib/stax/kernel_expr.ts";
import type { Activation } from "../activation.ts";

/** E[φφ] of a pair; a pair that is one point has the value of the diagonal exactly. */
export function nngpOf(
  { nngp }: Pick<Activation, "nngp">,
  { nngp: cov, var1, var2, same, gaps }: KernelExpr,
): Expr {
  return same.select(nngp(diagonalMoments(var1)), nngp(momentsOf(cov, var1, var2, same, gaps)));
}
