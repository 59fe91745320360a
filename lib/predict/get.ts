/** Resolves `get`: one name, several, or everything there is. */
import { outOfRange } from "../options.ts";

/** One name, a list of them, or nothing for everything available. */
export type Get<N extends string> = N | readonly N[] | null | undefined;

/** One result for one name; a record by name for a list; for nothing, `All` that is available. */
export type ByName<G, T, All = { nngp?: T; ntk?: T }> = G extends string ? T
  : G extends readonly (infer N extends string)[] ? { [K in N]: T }
  : All;

/** The names that `get` asks for, each one of `allowed`. */
export function namesOf<N extends string>(
  get: Get<N>,
  available: readonly N[],
  allowed: readonly N[],
): readonly N[] {
  const names = typeof get === "string" ? [get] : get ?? available;
  const quoted = allowed.map((name) => `"${name}"`).join(", ");
  if (!Array.isArray(names) || names.length === 0) {
    throw outOfRange("predict", "get", `a list of ${quoted}`, get);
  }
  for (const name of names) {
    if (!allowed.includes(name)) throw outOfRange("predict", "get", `one of ${quoted}`, name);
  }
  return names;
}

/** What `compute` gives for each name, in the form that `get` asks for. */
export async function byName<N extends string, G extends Get<N>, T>(
  get: G,
  names: readonly N[],
  compute: (name: N) => Promise<T>,
): Promise<ByName<G, T>> {
  const result = typeof get === "string"
    ? await compute(names[0])
    : Object.fromEntries(await Array.fromAsync(names, async (name) => [name, await compute(name)]));
  return result as ByName<G, T>;
}
