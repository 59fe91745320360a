/** Checks of numbers among the options: those of all options, for predictions. */
import * as options from "../options.ts";

/** Refuses anything but a finite number that is at least 0. */
export const requireNonNegative = (value: number, name: string): number =>
  options.nonNegative("predict", name, value);

/** Refuses anything but a finite number above 0. */
export const requirePositive = (value: number, name: string): number =>
  options.positive("predict", name, value);

/** Refuses anything but a number from 0 up to, but not including, 1. */
export const requireFraction = (value: number, name: string): number =>
  options.fraction("predict", name, value);

/** The error for a value out of its range. */
export const outOfRange = (name: string, must: string, value: unknown): RangeError =>
  options.outOfRange("predict", name, must, value);
