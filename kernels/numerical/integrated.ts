/**
 * Duals without a closed form, by quadrature. In: a function. Out: the members of an activation that stand for its dual; the code of
 * the quadrature is loaded when the first kernel is computed.
 */
import type { Activation, Forward } from "../../lib/network/activation.ts";
import { lateDual } from "../../lib/network/late_dual.ts";
import type { Expr } from "../../lib/expr/expr.ts";
import type { NumericalOptions } from "./options.ts";

/** The dual of `fn` to the tolerance that the options ask for. */
export const numericalDual = (fn: Forward, options: NumericalOptions): Omit<Activation, "fn" | "call"> =>
  lateDual(async () => {
    const { numericalSteps } = await import("./numerical_activation.ts");
    return () => numericalSteps(fn, options);
  });

/** What is sought: hardly more than the rounding of closed forms. Functions that are smooth have it up to variances of about 100. */
const SOUGHT = 1e-13;

/** What is promised: a larger error is said on the console. */
const PROMISED = 1e-8;

/** The activation φ = `fn`, whose dual has no closed form. */
export const integrated = (fn: (x: Expr) => Expr): Activation => ({
  fn,
  ...numericalDual(fn, { tolerance: SOUGHT }),
  tolerance: PROMISED,
});
