/** Range checks of the numbers among the options. */
import { show } from "../array/dtype.ts";

/** Refuses anything but a finite number that is at least 0. */
export function requireNonNegative(value: number, name: string): void {
  if (!(Number.isFinite(value) && value >= 0)) throw outOfRange(name, "a non-negative number", value);
}

/** Refuses anything but a finite number above 0. */
export function requirePositive(value: number, name: string): void {
  if (!(Number.isFinite(value) && value > 0)) throw outOfRange(name, "a positive number", value);
}

/** Refuses anything but a number from 0 up to, but not including, 1. */
export function requireFraction(value: number, name: string): void {
  if (!(value >= 0 && value < 1)) {
    throw outOfRange(name, "a number from 0 up to, but not including, 1", value);
  }
}

/** The error for a value out of its range. */
export function outOfRange(name: string, must: string, value: unknown): RangeError {
  return new RangeError(`Cannot predict as ${name} must be ${must}: current value is ${show(value)}`);
}
