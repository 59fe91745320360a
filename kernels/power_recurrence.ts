/** The recurrence over the degree that the duals of xⁿ and of max(x, 0)ⁿ share. */
import { constant, type Expr } from "../lib/expr/expr.ts";

/**
 * The term of degree n of K_n = (2n−1)·cov·K_{n−1} + (n−1)²·det·K_{n−2}, from the terms of degree 0 and 1.
 *
 * Both summands have the same sign where cov·K_{n−1}/K_{n−2} ≥ 0, as for xⁿ and for cov ≥ 0: then nothing cancels.
 */
export function powerRecurrence(
  degree: number,
  [first, second]: readonly [Expr, Expr],
  { cov, det }: { cov: Expr; det: Expr },
): Expr {
  let [previous, current] = [first, second];
  if (degree === 0) return previous;
  for (let n = 2; n <= degree; n++) {
    const next = finiteProduct(cov.mul(2 * n - 1), current).add(
      finiteProduct(det.mul((n - 1) ** 2), previous),
    );
    [previous, current] = [current, next];
  }
  return current;
}

/** x·y, and 0 where x is 0 although y may have overflowed. */
function finiteProduct(x: Expr, y: Expr): Expr {
  return x.mul(x.eq(0).select(constant(0), y));
}
