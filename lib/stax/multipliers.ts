/** The width multipliers `s` of the standard parameterization, which `Dense` and convolutions check. */
import { integer, wrongType } from "../options.ts";

/** `s` if it is two positive integers. */
export function multipliers(action: string, s: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(s) || s.length !== 2) {
    throw wrongType(`${action}`, "s", "a list of 2 integers", s);
  }
  s.forEach((value, i) => integer(action, `s[${i}]`, value, 1));
  return s;
}
