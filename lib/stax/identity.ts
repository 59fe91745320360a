/** The layer that does nothing: the skip branch of a residual block. */
import { type Layer, register } from "./layer.ts";
import { type Network, network } from "./network.ts";

/** f(x) = x */
export function Identity(): Network<Layer> {
  return network({ type: "Identity" });
}

register("Identity", {
  kernel: (_layer, input) => input,
  init: (_layer, _key, shape) => [shape, null],
  apply: (_layer, _params, input) => input,
});
