/** The inverse of a symmetric positive definite matrix. In: its Cholesky factor. By LAPACK where that is worth it, else in TypeScript. */
import { NdArray } from "../array/mod.ts";
import { answering } from "../pause.ts";
import { machineLapack } from "./products.ts";
import type { Steps } from "../steps.ts";
import { gemm } from "./gemm.ts";
import { block, matrixView, transposed } from "./view.ts";

/** Order from which LAPACK saves more time than it takes to load. */
const LARGE = 256;

/**
 * (L·Lᵀ)⁻¹ for a lower triangular L of shape [n, n]; symmetric to the last digit.
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
  if (!lapack) return new NdArray(await answering(inverse(lower.data, n)), [n, n]);
  const data = lower.data.slice();
  await lapack.invert(data, n);
  return new NdArray(data, [n, n]);
}

/** Rows at a time, whose work is nearly all one matrix product. */
const BLOCK = 48;

/** With X = L⁻¹, the lower triangle of Xᵀ·X, mirrored: a third of the work of solving with L and Lᵀ for the columns of the identity. */
function* inverse(lower: Float64Array, n: number): Steps<Float64Array> {
  const x = matrixView(yield* inverseOfTriangle(lower, n), n, n);
  const product = new Float64Array(n * n);
  const p = matrixView(product, n, n);
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(start + BLOCK, n);
    yield* gemm(
      1,
      transposed(block(x, start, n, start, end)),
      block(x, start, n, 0, end),
      block(p, start, end, 0, end),
    );
    for (let i = start; i < end; i++) for (let j = 0; j < i; j++) product[j * n + i] = product[i * n + j];
    yield;
  }
  return product;
}

/** L⁻¹, which is a lower triangle too: columns behind those of a block are 0 in its rows. */
function* inverseOfTriangle(lower: Float64Array, n: number): Steps<Float64Array> {
  const data = new Float64Array(n * n);
  const [l, x] = [matrixView(lower, n, n), matrixView(data, n, n)];
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(start + BLOCK, n);
    yield* gemm(
      -1,
      block(l, start, end, 0, start),
      block(x, 0, start, 0, start),
      block(x, start, end, 0, start),
    );
    for (let i = start; i < end; i++) {
      data[i * n + i] = 1;
      for (let k = start; k < i; k++) {
        const factor = lower[i * n + k];
        for (let j = 0; j <= k; j++) data[i * n + j] -= factor * data[k * n + j];
      }
      for (let j = 0; j <= i; j++) data[i * n + j] /= lower[i * n + i];
    }
    yield;
  }
  return data;
}
