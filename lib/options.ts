/**
 * Checks of what callers pass by name, with one wording. In: what is to be done ("build Dense", "predict"), the names that
 * there are, and what was given. Out: the values, or an error that names the nearest name.
 */
import { show } from "./array/dtype.ts";

/**
 * `given` with the defaults filled in; refuses names that are not among those of `defaults`, so that none is silently ignored.
 *
 * @param what is given, as messages call it
 */
export function withDefaults<T extends object>(
  action: string,
  defaults: T,
  given: Partial<T>,
  what = "its options",
): T {
  requireNames(action, what, Object.keys(defaults), requireObject(action, what, given));
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(defined) };
}

/** Refuses an object with a name that is not `known`. */
export function requireNames(action: string, what: string, known: readonly string[], given: object): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new TypeError(
      `Cannot ${action} as ${what} must be among ${known.join(", ") || "none"}: current value is ${name}` +
        (near === null ? "" : `, did you mean ${near}?`),
    );
  }
}

/** `value` if it is a plain object: that of a class, a `Map` or a list would lose its entries without a word. */
export function requireObject<T>(action: string, what: string, value: T, must = "an object"): T & object {
  if (isPlain(value)) return value;
  throw wrongType(action, what, must, value);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // That of another realm, such as a frame of a page, is another object.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The name that was most likely meant: the same but for case and underscores (`diag_reg`), or the one with the fewest letters
 * to insert, drop, replace or exchange, at most one in three; null if there is none.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  const bare = bareName(name);
  const distances = known.map((other) => editDistance(bare, bareName(other)));
  const least = Math.min(...distances);
  const near = known[distances.indexOf(least)];
  return least <= Math.floor(Math.min(bare.length, near?.length ?? 0) / 3) ? near : null;
}

const bareName = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** The optimal string alignment distance: insertions, deletions, replacements, and exchanges of neighbours. */
function editDistance(a: string, b: string): number {
  const d = Array.from(
    { length: a.length + 1 },
    (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = d[i - 1][j - 1] + Number(a[i - 1] !== b[j - 1]);
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, replaced);
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.length][b.length];
}

/** `value` if it is true or false. */
export function flag(action: string, name: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw wrongType(action, name, "true or false", value);
}

/** `value` if it is one of `choices`. */
export function oneOf<T>(action: string, name: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  throw outOfRange(action, name, `one of ${choices.join(", ")}`, value);
}

/** `value` if it is an integer of at least `least`, which may be −∞, and at most `most`. */
export function integer(
  action: string,
  name: string,
  value: number,
  least: number,
  most: number = Infinity,
): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const atLeast = least === -Infinity ? "" : ` of at least ${least}`;
  const range = typeof value === "number" && value > most ? ` of at most ${most}` : atLeast;
  throw outOfRange(action, name, `an integer${range}`, value);
}

/** `value` if it is a finite number. */
export function finite(action: string, name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw outOfRange(action, name, "a finite number", value);
}

/** `value` if it is a finite number that is at least 0. */
export function nonNegative(action: string, name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw outOfRange(action, name, "a non-negative number", value);
}

/** `value` if it is a finite number above 0. */
export function positive(action: string, name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw outOfRange(action, name, "a positive number", value);
}

/** `value` if it is a number from 0 up to, but not including, 1. */
export function fraction(action: string, name: string, value: number): number {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  throw outOfRange(action, name, "a number from 0 up to, but not including, 1", value);
}

/** `value` if it is a function. */
export function callable<T>(action: string, name: string, value: T): T {
  if (typeof value === "function") return value;
  throw wrongType(action, name, "a function", value);
}

/** `value` if it is the signal of an `AbortController`, of whichever realm. */
export function abortSignal(action: string, name: string, value: AbortSignal): AbortSignal {
  if (typeof value?.throwIfAborted === "function") return value;
  throw wrongType(action, name, "an AbortSignal", value);
}

/** The error for a value out of its range. */
export function outOfRange(action: string, name: string, must: string, value: unknown): RangeError {
  return new RangeError(`Cannot ${action} as ${name} must be ${must}: current value is ${show(value)}`);
}

/** The error for a value of another kind than it must have. */
export function wrongType(action: string, name: string, must: string, value: unknown): TypeError {
  return new TypeError(`Cannot ${action} as ${name} must be ${must}: current value is ${show(value)}`);
}
