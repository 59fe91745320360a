/** The inverse of a symmetric positive definite matrix. In: its Cholesky factor. By LAPACK where that is worth it, else in TypeScript. */
import { NdArray } from "../array/mod.ts";
import { answering } from "../pause.ts";
import { machineLapack } from "./products.ts";
import { choleskySolve } from "./triangular.ts";

/** Order from which LAPACK saves more time than it takes to load. */
const LARGE = 256;

/**
 * (L·Lᵀ)⁻¹ for a lower triangular L of shape [n, n]; symmetric, in TypeScript to rounding.
 *
 * @example Two by two
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { inverseOf } from "./inverse.ts";
 *
 * assert.deepEqual((await inverseOf(array([[2, 0], [0, 4]]))).toNested(), [[0.25, 0], [0, 0.0625]]);
 * ```
 */
export async function inverseOf(lower: NdArray<Float64Array>): Promise<NdArray<Float64Array>> {
  const [n] = lower.shape;
  const lapack = n < LARGE ? null : await machineLapack();
  if (!lapack) return await answering(choleskySolve(lower, identity(n)));
  const data = lower.data.slice();
  await lapack.invert(data, n);
  return new NdArray(data, [n, n]);
}

function identity(n: number): NdArray<Float64Array> {
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * (n + 1)] = 1;
  return new NdArray(data, [n, n]);
}
