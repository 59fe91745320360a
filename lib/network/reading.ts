/** Layers from plain data, each by its own constructor. In: data no larger than a network may be (see `requireSize`). */
import { showData } from "../array/dtype.ts";
import { requireNames } from "../options.ts";
import type { Layer } from "./layer.ts";
import { describe, isNetwork, type Network } from "./network.ts";

/** How each type is built from its fields. */
const constructors = new Map<string, (fields: Record<string, unknown>) => Network>();

/**
 * Makes layers of this type readable by their own constructor, which checks the fields. It takes the `parameters` in their order,
 * then an object of all other fields; where there are no other ones, `hasOptions` is false.
 */
export function reads(
  type: string,
  parameters: readonly string[],
  construct: (...values: never[]) => Network,
  hasOptions = true,
): void {
  constructors.set(type, (fields) => {
    if (!hasOptions) requireNames(`build ${type}`, "its options", parameters, fields);
    const options = Object.entries(fields).filter(([name]) => !parameters.includes(name));
    const values = [...parameters.map((name) => fields[name]), Object.fromEntries(options)];
    return construct(...values as never[]);
  });
}

/** The layer: a network as it is, plain data as its constructor completes it, if that accepts it. */
export function checked(layer: Layer): Layer {
  const { type } = describe(layer);
  return isNetwork(layer) || !constructors.has(type) ? layer : fromData(layer);
}

/** The network that some data describes. */
export function fromData(data: unknown): Network {
  const type = (data as Layer | null)?.type;
  const construct = typeof type === "string" ? constructors.get(type) : undefined;
  if (!construct) {
    throw new TypeError(
      `Cannot read a network as type must be one of ${[...constructors.keys()].sort().join(", ")}: ` +
        `current value is ${showData(type)}`,
    );
  }
  const { type: _, ...fields } = data as Layer;
  return construct(fields);
}
