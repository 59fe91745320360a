/**
 * Duals of more code than all the rest of a layer, such as quadrature. In: how that code is loaded. Out: the members of an activation
 * that stand for it: loaded when the first kernel of the layer is computed, built when it is first needed.
 */
import { type Activation, dualSteps } from "./activation.ts";
import type { Expr } from "../expr/expr.ts";
import type { Moments } from "../moments.ts";
import { finished, type Steps } from "../steps.ts";

/** E[φφ] and E[φ′φ′], and the tables that they are summed from, if any */
export type Dual = Pick<Activation, "nngp" | "dNngp" | "inSteps" | "numerical">;

/** The dual that `load` gives the maker of; see `loadKernels`. */
export function lateDual(load: () => Promise<() => Steps<Dual>>): Dual & Pick<Activation, "load"> {
  let make: (() => Steps<Dual>) | undefined;
  let dual: Dual | undefined;
  const known = function* (): Steps<Dual> {
    if (dual) return dual;
    const made = yield* make!();
    // Another call may have been faster, and have the tables of its dual in its program.
    return dual ??= made;
  };
  const of = (name: "nngp" | "dNngp") =>
    function* (moments: Moments): Steps<Expr> {
      return yield* dualSteps(yield* known(), name, moments);
    };
  const inSteps = { nngp: of("nngp"), dNngp: of("dNngp") };
  return {
    load: async () => void (make ??= await load()),
    nngp: (moments) => finished(inSteps.nngp(moments)),
    dNngp: (moments) => finished(inSteps.dNngp(moments)),
    inSteps,
    numerical: () => finished(known()).numerical!(),
  };
}
