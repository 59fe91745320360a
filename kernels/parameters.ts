/** Checks of the parameters of nonlinearities. */
import { showPlain } from "../lib/array/dtype.ts";
import type { Operand } from "../lib/expr/expr.ts";
import { numberOf } from "../lib/expr/parameter.ts";
import { LARGEST_DEGREE, LARGEST_SCALE } from "../lib/network/limits.ts";

/** Throws unless every one of `parameters` is a finite number; `name` is the nonlinearity in the message. */
export function requireFinite(name: string, parameters: Readonly<Record<string, Operand>>): void {
  for (const [key, value] of Object.entries(parameters)) {
    if (Number.isFinite(numberOf(value))) continue;
    const ErrorType = typeof value === "number" ? RangeError : TypeError;
    throw new ErrorType(
      `Cannot build ${name} as ${key} must be a finite number: current value is ${showPlain(value)}`,
    );
  }
}

/** Throws unless every one of `parameters` is a number of at most `LARGEST_SCALE` in size. */
export function requireScale(name: string, parameters: Readonly<Record<string, Operand>>): void {
  requireFinite(name, parameters);
  for (const [key, value] of Object.entries(parameters)) {
    if (Math.abs(numberOf(value)) <= LARGEST_SCALE) continue;
    throw new RangeError(
      `Cannot build ${name} as ${key} must be at most 1e9 in size: current value is ${value}, ` +
        "change wStd of the layer before or after it",
    );
  }
}

/** Throws unless `value` is a number ≥ 0 of at most `LARGEST_SCALE`. */
export function requireNonNegative(name: string, key: string, value: Operand): void {
  requireScale(name, { [key]: value });
  if (numberOf(value) < 0) {
    throw new RangeError(
      `Cannot build ${name} as ${key} must be a non-negative number: current value is ${value}`,
    );
  }
}

/** Throws unless `degree` is an integer from 0 to `LARGEST_DEGREE`; `key` is its name in the message. */
export function requireDegree(name: string, degree: number, key = "degree"): void {
  if (Number.isInteger(degree) && degree > LARGEST_DEGREE) {
    throw new RangeError(
      `Cannot build ${name} as ${key} must be at most ${LARGEST_DEGREE}: current value is ${degree}`,
    );
  }
  if (Number.isInteger(degree) && degree >= 0) return;
  const ErrorType = typeof degree === "number" ? RangeError : TypeError;
  throw new ErrorType(
    `Cannot build ${name} as degree must be a non-negative integer: current value is ${showPlain(degree)}`,
  );
}
