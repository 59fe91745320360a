/** Points as the rows of a matrix. */
import { type ArrayInput, assertFinite, type NdArray, ownArray } from "../array/mod.ts";

/** A copy of `x`, which the caller may change, if it is a finite matrix. */
export function requireMatrix(x: ArrayInput): NdArray {
  const a = ownArray(x, "x");
  if (a.shape.length !== 2) {
    throw new TypeError(
      `Cannot compute a dual kernel as x must be a matrix, a row a point: current value has shape [${
        a.shape.join(", ")
      }]`,
    );
  }
  assertFinite(a, "x");
  return a;
}
