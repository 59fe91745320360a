/** Checks of layer parameters, with one wording. */
import { show } from "../array/dtype.ts";

/** `value` if it is a finite number. */
export function finite(layer: string, name: string, value: number): number {
  if (!Number.isFinite(value)) {
    throw new RangeError(
      `Cannot build ${layer} as ${name} must be a finite number: current value is ${show(value)}`,
    );
  }
  return value;
}

/** More of anything that a network is built of would take minutes before an error. */
export const MANY = 2 ** 16;

/** `value` if it is an integer of at least `least`, which may be −∞, and at most `most`. */
export function integer(
  layer: string,
  name: string,
  value: number,
  least: number,
  most: number = Infinity,
): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    const atLeast = least === -Infinity ? "" : ` of at least ${least}`;
    const range = value > most ? ` of at most ${most}` : atLeast;
    throw new RangeError(
      `Cannot build ${layer} as ${name} must be an integer${range}: current value is ${show(value)}`,
    );
  }
  return value;
}

/** `value` if it is true or false. */
export function flag(layer: string, name: string, value: boolean): boolean {
  if (typeof value !== "boolean") {
    throw new TypeError(
      `Cannot build ${layer} as ${name} must be true or false: current value is ${show(value)}`,
    );
  }
  return value;
}

/** The width multipliers `s` of the standard parameterization if they are two positive integers. */
export function multipliers(layer: string, s: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(s) || s.length !== 2) {
    throw new TypeError(
      `Cannot build ${layer} as s must be a list of 2 integers: current value is ${show(s)}`,
    );
  }
  s.forEach((value, i) => integer(layer, `s[${i}]`, value, 1));
  return s;
}

/** `value` if it is one of `choices`. */
export function oneOf<T>(layer: string, name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new RangeError(
      `Cannot build ${layer} as ${name} must be one of ${choices.join(", ")}: current value is ${
        show(value)
      }`,
    );
  }
  return value as T;
}

/** `options` with the defaults filled in; refuses names that are not options, so that none is silently ignored. */
export function withDefaults<T extends object>(layer: string, defaults: T, options: Partial<T>): T {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(
      `Cannot build ${layer} as its options must be an object: current value is ${show(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).join(", ") || "none";
      throw new TypeError(
        `Cannot build ${layer} as its options must be among ${known}: current value is ${name}`,
      );
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
