/** Layers from plain data, each by its own constructor. In: data no larger than a network may be (see `requireSize`). */
import { showData } from "../array/dtype.ts";
import { requireNames } from "../options.ts";
import type { Layer } from "./layer.ts";
import { describe, isNetwork, type Network } from "./network.ts";

/** How each type is built from its fields: by its own constructor, which checks them. */
const constructors = new Map<string, (fields: never) => Network>();

/** Makes layers of this type readable: `construct` builds one from its fields, and refuses those that it does not know. */
export function reads<F>(type: string, construct: (fields: F) => Network): void {
  constructors.set(type, construct as (fields: never) => Network);
}

/** The same for a layer of one parameter, or of none: any other field is refused. */
export function readsOnly<T>(type: string, name: string | null, construct: (parameter: T) => Network): void {
  reads<Readonly<Record<string, T>>>(type, (fields) => {
    requireNames(`build ${type}`, "its options", name === null ? [] : [name], fields);
    return construct(fields[name ?? ""]);
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
  return construct(fields as never);
}
