/** The layer that does nothing: the skip branch of a residual block. */
import { reads } from "../network/reading.ts";
import { type Layer } from "../network/layer.ts";
import { register } from "../network/rule.ts";
import { type Network, network } from "../network/network.ts";

/**
 * f(x) = x: K and Θ stay as they are.
 *
 * @example The skip branch of a residual block
 * ```ts
 * import * as stax from "./mod.ts";
 * const nngp = await stax.Identity().kernelFn([[1, 2]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 2.5) throw new Error("(1 + 4)/2 must be 2.5");
 * ```
 */
export function Identity(): Network<Layer> {
  return network({ type: "Identity" });
}

register("Identity", {
  kernel: (_layer, input) => input,
  branchTraits: (_layer, input) => input,
  init: (_layer, _key, shape) => [shape, null],
  apply: (_layer, _params, input) => input,
});

reads("Identity", [], Identity, false);
