/** Triangular systems with many right-hand sides, blocked so that nearly all of the work is a matrix product; in steps. */
import { NdArray } from "../array/mod.ts";
import type { Steps } from "../steps.ts";
import { gemm } from "./gemm.ts";
import { block, matrixView, transposed } from "./view.ts";

/** Unknowns solved at a time. */
const BLOCK = 48;

/**
 * X with L·X = B for lower triangular L of shape [n, n] and B of shape [n, m].
 *
 * @throws {TypeError} if the shapes do not agree.
 *
 * @example Two unknowns
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { finished } from "../steps.ts";
 * import { solveLower } from "./triangular.ts";
 *
 * assert.deepEqual(finished(solveLower(array([[2, 0], [1, 4]]), array([[2], [9]]))).toNested(), [[1], [2]]);
 * ```
 */
export function* solveLower(lower: NdArray<Float64Array>, b: NdArray): Steps<NdArray<Float64Array>> {
  const { n, m, data } = rightHandSides(lower, b);
  const l = matrixView(lower.data, n, n);
  const x = matrixView(data, n, m);
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(start + BLOCK, n);
    yield* gemm(-1, block(l, start, end, 0, start), block(x, 0, start, 0, m), block(x, start, end, 0, m));
    for (let i = start; i < end; i++) {
      yield;
      for (let k = start; k < i; k++) subtractRow(data, m, i, k, lower.data[i * n + k]);
      divideRow(data, m, i, lower.data[i * n + i]);
    }
  }
  return new NdArray(data, b.shape);
}

/**
 * X with Lᵀ·X = B for lower triangular L of shape [n, n] and B of shape [n, m].
 *
 * @throws {TypeError} if the shapes do not agree.
 *
 * @example Two unknowns
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { finished } from "../steps.ts";
 * import { solveLowerTransposed } from "./triangular.ts";
 *
 * assert.deepEqual(finished(solveLowerTransposed(array([[2, 0], [1, 4]]), array([[4], [8]]))).toNested(), [[1], [2]]);
 * ```
 */
export function* solveLowerTransposed(
  lower: NdArray<Float64Array>,
  b: NdArray,
): Steps<NdArray<Float64Array>> {
  const { n, m, data } = rightHandSides(lower, b);
  const l = matrixView(lower.data, n, n);
  const x = matrixView(data, n, m);
  for (let start = Math.floor((n - 1) / BLOCK) * BLOCK; start >= 0; start -= BLOCK) {
    const end = Math.min(start + BLOCK, n);
    yield* gemm(
      -1,
      transposed(block(l, end, n, start, end)),
      block(x, end, n, 0, m),
      block(x, start, end, 0, m),
    );
    for (let i = end - 1; i >= start; i--) {
      yield;
      divideRow(data, m, i, lower.data[i * n + i]);
      for (let k = start; k < i; k++) subtractRow(data, m, k, i, lower.data[i * n + k]);
    }
  }
  return new NdArray(data, b.shape);
}

/**
 * X with L·Lᵀ·X = B: solves a symmetric positive definite system from its Cholesky factor.
 *
 * @throws {TypeError} if the shapes do not agree.
 *
 * @example Two unknowns
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { finished } from "../steps.ts";
 * import { cholesky } from "./cholesky.ts";
 * import { choleskySolve } from "./triangular.ts";
 *
 * const { lower } = finished(cholesky(array([[4, 2], [2, 5]])));
 * assert.deepEqual(finished(choleskySolve(lower, array([[8], [12]]))).toNested(), [[1], [2]]);
 * ```
 */
export function* choleskySolve(lower: NdArray<Float64Array>, b: NdArray): Steps<NdArray<Float64Array>> {
  return yield* solveLowerTransposed(lower, yield* solveLower(lower, b));
}

/** Sizes of a system and a float64 copy of its right-hand sides. */
export function rightHandSides(lower: NdArray, b: NdArray): { n: number; m: number; data: Float64Array } {
  const n = lower.shape[0];
  if (b.shape.length !== 2 || b.shape[0] !== n) {
    throw new TypeError(
      `Cannot solve a triangular system as the shape of b must be [${n}, m]: current value is [${
        b.shape.join(", ")
      }]`,
    );
  }
  return { n, m: b.shape[1], data: new Float64Array(b.data) };
}

/** Row i minus `factor` times row k. */
function subtractRow(x: Float64Array, m: number, i: number, k: number, factor: number): void {
  for (let j = 0, to = i * m, from = k * m; j < m; j++) x[to + j] -= factor * x[from + j];
}

function divideRow(x: Float64Array, m: number, i: number, divisor: number): void {
  for (let j = 0, at = i * m; j < m; j++) x[at + j] /= divisor;
}
