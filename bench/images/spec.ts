/** Our networks in the fixtures' JSON form, which the peers read: one definition serves both sides. */
import { stax } from "../../mod.ts";
import type { Spec } from "../../tests/networks.ts";

type Layer =
  & { readonly type: string; readonly layers?: readonly Layer[] }
  & Readonly<Record<string, unknown>>;

/** The network with its Python names. */
export function specOf(network: stax.Network): Spec {
  return spec(JSON.parse(stax.toJSON(network)));
}

function spec({ type, layers, ...options }: Layer): Spec {
  if (layers) return [type, layers.map(spec)];
  // What is null here is what the Python library takes if nothing is said.
  const keywords = Object.entries(options).filter(([, value]) => value !== null);
  return [type, Object.fromEntries(keywords.map(([name, value]) => [snake(name), value]))];
}

const snake = (name: string) =>
  name.replace(/^wStd$/, "W_std").replace(/[A-Z](?!_)/g, (letter) => `_${letter.toLowerCase()}`);
