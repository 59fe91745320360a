/**
 * Duals without a closed form, by quadrature. In: a function. Out: the members of an activation that stand for its dual. The code of
 * the quadrature, more than all the rest of a layer, is loaded when the first kernel is computed; the dual is built when it is first
 * needed.
 */
import { type Activation, dualSteps, type Forward } from "../../lib/network/activation.ts";
import type { Expr } from "../../lib/expr/expr.ts";
import type { NumericalOptions } from "./options.ts";
import type { Moments } from "../../lib/moments.ts";
import { finished, type Steps } from "../../lib/steps.ts";

/** E[φφ] and E[φ′φ′], and the tables that they are summed from */
type Dual = Pick<Activation, "nngp" | "dNngp" | "inSteps" | "numerical">;

/** The dual of `fn` to the tolerance that the options ask for; see `loadKernels`. */
export function numericalDual(fn: Forward, options: NumericalOptions): Omit<Activation, "fn" | "call"> {
  let make: ((fn: Forward, options: NumericalOptions) => Steps<Dual>) | undefined;
  let dual: Dual | undefined;
  const known = function* (): Steps<Dual> {
    if (dual) return dual;
    const made = yield* make!(fn, options);
    // Another call may have been faster, and have the tables of its dual in its program.
    return dual ??= made;
  };
  const of = (name: "nngp" | "dNngp") =>
    function* (moments: Moments): Steps<Expr> {
      return yield* dualSteps(yield* known(), name, moments);
    };
  const inSteps = { nngp: of("nngp"), dNngp: of("dNngp") };
  return {
    load: async () => void (make ??= (await import("./numerical_activation.ts")).numericalSteps),
    nngp: (moments) => finished(inSteps.nngp(moments)),
    dNngp: (moments) => finished(inSteps.dNngp(moments)),
    inSteps,
    numerical: () => finished(known()).numerical!(),
  };
}

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
