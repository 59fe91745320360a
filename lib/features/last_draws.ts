/** Maps that were drawn: batches of one regression come one after the other with the same key, and drawing takes longer than a batch. */
import type { Layer } from "../network/layer.ts";

/** Maps of a layer that are kept: those of a few keys or options. */
const KEPT = 4;

/** A function that finds what was drawn for a layer and what a text says, or draws it; the last few of each layer are kept. */
export function lastDraws<T>(): (layer: Layer, name: string, draw: () => T) => T {
  const draws = new WeakMap<Layer, Map<string, T>>();
  return (layer, name, draw) => {
    if (!draws.has(layer)) draws.set(layer, new Map());
    const known = draws.get(layer)!;
    const found = known.get(name) ?? draw();
    known.delete(name);
    known.set(name, found);
    if (known.size > KEPT) known.delete(known.keys().next().value!);
    return found;
  };
}
