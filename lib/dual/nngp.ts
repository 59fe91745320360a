/** The dual of a pair of points as an expression. */
import type { Expr } from "../expr/expr.ts";
import { diagonalMoments, momentsOf } from "../moments.ts";
import type { KernelExpr } from "../network/kernel_expr.ts";
import type { Steps } from "../steps.ts";
import { type Activation, dualSteps } from "../network/activation.ts";

/** E[φφ] of a pair; a pair that is one point has the value of the diagonal exactly. In steps. */
export function* nngpOf(
  activation: Pick<Activation, "nngp" | "inSteps">,
  { nngp: cov, var1, var2, same, gaps }: KernelExpr,
): Steps<Expr> {
  return same.select(
    yield* dualSteps(activation, "nngp", diagonalMoments(var1)),
    yield* dualSteps(activation, "nngp", momentsOf(cov, var1, var2, same, gaps)),
  );
}
