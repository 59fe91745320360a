/** Checks of layer parameters: those of all options, for the building of a layer. */
import { show } from "../array/dtype.ts";
import * as options from "../options.ts";

/** More of anything that a network is built of would take minutes before an error. */
export const MANY = 2 ** 16;

/** Levels of layers within layers: each is a few calls within calls. */
export const DEEP = 128;

/** Branches of one layer: a kernel is computed for each. */
export const BRANCHES = 1024;

/** Axes of positions. */
export const MOST_AXES = 16;

const build = (layer: string) => `build ${layer}`;

/** `value` if it is a finite number. */
export const finite = (layer: string, name: string, value: number): number =>
  options.finite(build(layer), name, value);

/** `value` if it is an integer of at least `least`, which may be −∞, and at most `most`. */
export const integer = (layer: string, name: string, value: number, least: number, most?: number): number =>
  options.integer(build(layer), name, value, least, most);

/** `value` if it is true or false. */
export const flag = (layer: string, name: string, value: boolean): boolean =>
  options.flag(build(layer), name, value);

/** `value` if it is one of `choices`. */
export const oneOf = <T>(layer: string, name: string, value: unknown, choices: readonly T[]): T =>
  options.oneOf(build(layer), name, value, choices);

/** `given` with the defaults filled in; refuses names that are not options. */
export const withDefaults = <T extends object>(layer: string, defaults: T, given: Partial<T>): T =>
  options.withDefaults(build(layer), defaults, given);

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
