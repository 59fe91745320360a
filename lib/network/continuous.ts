/**
 * The continuous options of a network's layers, by name.
 *
 * The name of an option is its path in the description: the index of the layer, that of the layer in it, …, and the option, as in
 * `0.wStd` of `serial(Dense(1), Relu())`, `1.0.wStd` of a `parallel` in second place, and `wStd` of a layer alone; of a list, the
 * index of the entry follows, as in `1.coef.2`.
 */
import type { Operand } from "../expr/expr.ts";
import type { Layer } from "./layer.ts";
import { type Domain, ruleOf } from "./rule.ts";

/** A number that the kernel depends on continuously. */
export interface Option {
  readonly path: string;
  readonly value: number;
  readonly domain: Domain;
}

/** All of them, in the order of the layers; those that are null are no numbers. */
export function continuousOptions(layer: Layer): readonly Option[] {
  const found: Option[] = [];
  replaced(layer, (option) => {
    found.push(option);
    return option.value;
  });
  return found;
}

/** The network as data with other values, or expressions, for some of its options. */
export const withOptions = (layer: Layer, values: ReadonlyMap<string, Operand>): Layer =>
  replaced(layer, ({ path, value }) => values.get(path) ?? value);

/** The data of a layer with what `replace` gives for each option. */
function replaced(layer: Layer, replace: (option: Option) => Operand, prefix = ""): Layer {
  const own: Record<string, unknown> = { ...layer };
  for (const [name, domain] of Object.entries(ruleOf(layer).parameters?.(layer) ?? {})) {
    const given = own[name];
    const at = (path: string, value: unknown) =>
      typeof value === "number" ? replace({ path, value, domain }) : value;
    own[name] = Array.isArray(given)
      ? given.map((value, i) => at(`${prefix}${name}.${i}`, value))
      : at(`${prefix}${name}`, given);
  }
  const { layers } = layer as { layers?: readonly Layer[] };
  if (layers) own.layers = layers.map((inner, i) => replaced(inner, replace, `${prefix}${i}.`));
  return own as unknown as Layer;
}
