/**
 * Code that only kernels need, loaded when the first of them is computed: rules of layers that are long, and what builds their duals.
 * A page that draws or applies networks is spared it.
 */
import type { Layer } from "./layer.ts";
import { type KernelRule, layersIn, ruleOf } from "./rule.ts";

const loaded = new Map<string, KernelRule>();
const complete = new WeakSet<Layer>();

/** Loads the kernel rules of a network's layers, and what they need. */
export async function loadKernels(network: Layer): Promise<void> {
  if (complete.has(network)) return;
  for (const layer of layersIn(network)) {
    const { load, prepare } = ruleOf(layer);
    if (load && !loaded.has(layer.type)) loaded.set(layer.type, await load());
    const prepared = prepare?.(layer);
    if (prepared) await prepared;
  }
  complete.add(network);
}

/** What a layer makes of the kernel of its input, after `loadKernels`. */
export const kernelRuleOf = (layer: Layer): KernelRule => ruleOf(layer).kernel ?? loaded.get(layer.type)!;
