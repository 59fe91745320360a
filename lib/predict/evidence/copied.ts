/** Options as they are now: the caller may change them after the call, before they are checked. */

/** A copy of an object, with those of the lists and objects that have these names. */
export const copied = <T extends object>(options: T, names: readonly (keyof T)[]): T => ({
  ...options,
  ...Object.fromEntries(names.filter((name) => name in options).map((name) => [name, copyOf(options[name])])),
});

/** A copy of lists and objects all the way down. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, copyOf(entry)]));
}
