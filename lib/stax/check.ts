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

/** `value` if it is an integer of at least `least`. */
export function integer(layer: string, name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(
      `Cannot build ${layer} as ${name} must be an integer of at least ${least}: current value is ${
        show(value)
      }`,
    );
  }
  return value;
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
    if (!(name in defaults)) {
      const known = Object.keys(defaults).join(", ") || "none";
      throw new TypeError(
        `Cannot build ${layer} as its options must be among ${known}: current value is ${name}`,
      );
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
