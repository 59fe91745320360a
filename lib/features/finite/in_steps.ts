/** Finite networks in steps, of one layer each, where `applyFn` takes all at once. Branches side by side are one step. */
import type { ArrayTree, Layer, Params } from "../../network/layer.ts";
import { applyLayer } from "../../network/masked_apply.ts";
import type { Steps } from "../../steps.ts";
import { layersOf } from "./widen.ts";

/** The outputs for some rows, those of `applyFn`. */
export function* applied(layer: Layer, params: Params, x: ArrayTree): Steps<ArrayTree> {
  if (layer.type !== "serial") return applyLayer(layer, params, x, {});
  for (const [i, inner] of layersOf(layer)!.entries()) {
    x = yield* applied(inner, (params as readonly Params[])[i], x);
    yield;
  }
  return x;
}
