/**
 * What an evidence is differentiated in: options of layers, the noise and the scale of the kernel, alone or in groups that share one
 * value. In: what a caller calls free. Out: variables, and the quantities at their values.
 */
import { type Option } from "../../network/continuous.ts";
import type { Domain } from "../../network/rule.ts";
import { requireNames, requireObject, wrongType } from "../../options.ts";

/** Names of what is free, or groups of them by a name of their own: those of a group share one value. */
export type FreeNames = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** Values by name: `noise`, `outputScale`, and options by their path. */
export type Quantities = ReadonlyMap<string, number>;

/** One number that is free. */
export interface Variable {
  readonly name: string;
  /** The quantities that have its value */
  readonly places: readonly string[];
  readonly domain: Domain;
  readonly value: number;
}

/** The noise and the scale, besides the options of layers. */
export interface Scales {
  /** Variance of the noise of the targets */
  readonly noise: number;
  /** Factor of the kernel */
  readonly outputScale: number;
}

/** The quantities of a network that may be free. */
export const quantitiesOf = (options: readonly Option[], { noise, outputScale }: Scales): Option[] => [
  ...options,
  { path: "noise", value: noise, domain: "positive" },
  { path: "outputScale", value: outputScale, domain: "positive" },
];

/** The variables that a caller names; without names, every quantity is one. */
export function variablesOf(
  action: string,
  free: FreeNames | null,
  quantities: readonly Option[],
): readonly Variable[] {
  const known = new Map(quantities.map((quantity) => [quantity.path, quantity]));
  const groups = free === null
    ? [...known.keys()].map((name) => [name, [name]] as const)
    : groupsOf(action, free);
  const seen = new Map<string, string>();
  return groups.map(([name, places]) => {
    requireNames(
      action,
      "the names in free",
      [...known.keys()],
      Object.fromEntries(places.map((place) => [place, 0])),
    );
    for (const place of places) {
      const other = seen.get(place);
      if (other !== undefined) {
        throw new TypeError(
          `Cannot ${action} as free must have each name once: current value has ${place} in ${other} and ${name}`,
        );
      }
      seen.set(place, name);
    }
    const parts = places.map((place) => known.get(place)!);
    const domains = parts.map(({ domain }) => domain);
    return { name, places, domain: narrowest(domains), value: commonValue(action, name, parts) };
  });
}

function groupsOf(action: string, free: FreeNames): (readonly [string, readonly string[]])[] {
  const isNames = (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string");
  if (Array.isArray(free)) {
    if (free.length === 0 || isNames(free)) return free.map((name: string) => [name, [name]] as const);
    throw wrongType(action, "free", "a list of names, or groups of them by name", free);
  }
  const groups = Object.entries(
    requireObject(action, "free", free, "a list of names, or groups of them by name"),
  );
  for (const [name, places] of groups) {
    if (!isNames(places)) throw wrongType(action, `free.${name}`, "a list of names", places);
  }
  return groups as [string, readonly string[]][];
}

/** What all members of a group may be. */
const narrowest = (domains: readonly Domain[]): Domain =>
  domains.includes("share") ? "share" : domains.includes("positive") ? "positive" : "real";

function commonValue(action: string, name: string, parts: readonly Option[]): number {
  const [{ value }] = parts;
  const other = parts.find((part) => part.value !== value);
  if (!other) return value;
  throw new RangeError(
    `Cannot ${action} as the members of free.${name} must have one value: ` +
      `current value is ${value} for ${parts[0].path} and ${other.value} for ${other.path}`,
  );
}

/** The quantities with the values of variables in place of their own. */
export function withValues(
  quantities: readonly Option[],
  variables: readonly Variable[],
  values: readonly number[],
): Quantities {
  const all = new Map(quantities.map(({ path, value }) => [path, value]));
  variables.forEach(({ places }, k) => places.forEach((place) => all.set(place, values[k])));
  return all;
}

/** Numbers by the names of the variables. */
export const named = (
  variables: readonly Variable[],
  values: ArrayLike<number>,
): Record<string, number> => Object.fromEntries(variables.map(({ name }, k) => [name, values[k]]));
