/** Checks of the arguments of polynomials. */
import { type ArrayInput, assertFinite, toArray } from "../../lib/array/mod.ts";
import { outOfRange } from "../../lib/options.ts";

/** √256! and the integers of He₂₅₆ are about 1e253 and 1e260: beyond it coefficients soon leave the range of doubles. */
export const MAX_DEGREE = 256;

/** `degree` if it is an integer from 0 to `most`, by default 256. */
export function requireDegree(action: string, degree: number, most: number = MAX_DEGREE): number {
  if (Number.isInteger(degree) && degree >= 0 && degree <= most) return degree;
  throw outOfRange(action, "degree", `an integer from 0 to ${most}`, degree);
}

/** The coefficients c₀, c₁, … of a polynomial of degree up to 256, all finite. */
export function requireCoefficients(action: string, coeffs: ArrayInput): Float64Array {
  const a = toArray(coeffs, "coeffs");
  if (a.shape.length !== 1) {
    throw new TypeError(
      `Cannot ${action} as coeffs must have shape (degree + 1): current value is [${a.shape.join(", ")}]`,
    );
  }
  assertFinite(a, "coeffs");
  requireDegree(action, a.size - 1);
  return Float64Array.from(a.data);
}
