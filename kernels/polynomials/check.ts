/** Checks of the arguments of polynomials. */
import { type ArrayInput, assertFinite, toArray } from "../../lib/array/mod.ts";
import { show } from "../../lib/array/dtype.ts";

/** √256! and the integers of He₂₅₆ are about 1e253 and 1e260: beyond it coefficients soon leave the range of doubles. */
export const MAX_DEGREE = 256;

/** `degree` if it is an integer from 0 to 256. */
export function requireDegree(action: string, degree: number): number {
  if (!Number.isInteger(degree) || degree < 0 || degree > MAX_DEGREE) {
    throw new RangeError(
      `Cannot ${action} as degree must be an integer from 0 to ${MAX_DEGREE}: current value is ${
        show(degree)
      }`,
    );
  }
  return degree;
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
