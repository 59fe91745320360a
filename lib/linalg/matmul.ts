/** Products of dense matrices in float64. */
import { NdArray } from "../array/mod.ts";
import { finished, inRanges, type Steps } from "../steps.ts";
import { gemm } from "./gemm.ts";
import { type MatrixView, matrixView, transposed } from "./view.ts";
import { wrongType } from "../options.ts";

/**
 * A·B, shape [m, n] for A of shape [m, k] and B of shape [k, n]; float32 input is widened to float64 first.
 *
 * @throws {TypeError} unless both have two axes and the inner ones agree.
 *
 * @example A matrix times a column
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { matmul } from "./matmul.ts";
 *
 * assert.deepEqual(matmul(array([[1, 2], [3, 4]]), array([[1], [10]])).toNested(), [[21], [43]]);
 * ```
 */
export function matmul(a: NdArray, b: NdArray): NdArray<Float64Array> {
  return finished(product(viewOf(a, "a"), viewOf(b, "b")));
}

/**
 * A·Bᵀ, shape [m, n] for A of shape [m, k] and B of shape [n, k]; float32 input is widened to float64 first.
 *
 * @throws {TypeError} unless both have two axes and the last ones agree.
 *
 * @example Inner products of the rows of two matrices
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { matmulTransposed } from "./matmul.ts";
 *
 * assert.deepEqual(matmulTransposed(array([[1, 2]]), array([[3, 4], [5, 6]])).toNested(), [[11, 17]]);
 * ```
 */
export function matmulTransposed(a: NdArray, b: NdArray): NdArray<Float64Array> {
  return finished(product(viewOf(a, "a"), transposed(viewOf(b, "b"))));
}

/** A·B of views. */
export function* product(a: MatrixView, b: MatrixView): Steps<NdArray<Float64Array>> {
  if (a.cols !== b.rows) {
    throw wrongType("multiply matrices", "the length of the shared axis of b", `${a.cols}, as in a`, b.rows);
  }
  const c = new Float64Array(a.rows * b.cols);
  // Packing A for a single column takes ten times as long as the products.
  if (b.cols === 1 && a.colStride === 1) yield* vectorProduct(a, b, c);
  else yield* gemm(1, a, b, matrixView(c, a.rows, b.cols));
  return new NdArray(c, [a.rows, b.cols]);
}

/** Products that are added in a step, some tenths of a millisecond. */
const STEP_PRODUCTS = 2 ** 18;

/** A·b for one column b and A with contiguous rows. */
function* vectorProduct(a: MatrixView, b: MatrixView, c: Float64Array): Steps<void> {
  const x = Float64Array.from({ length: b.rows }, (_, k) => b.data[b.offset + k * b.rowStride]);
  yield* inRanges(a.rows, Math.ceil(STEP_PRODUCTS / (x.length || 1)), (start, end) => {
    for (let i = start; i < end; i++) c[i] = innerProduct(a.data, a.offset + i * a.rowStride, x);
  });
}

/** Σₖ aₖ·xₖ for a row that starts at `offset`; four sums, so that no addition waits for the last one. */
function innerProduct(a: Float64Array, offset: number, x: Float64Array): number {
  const paired = x.length - x.length % 4;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (let k = 0, at = offset; k < paired; k += 4, at += 4) {
    s0 += a[at] * x[k], s1 += a[at + 1] * x[k + 1];
    s2 += a[at + 2] * x[k + 2], s3 += a[at + 3] * x[k + 3];
  }
  for (let k = paired; k < x.length; k++) s0 += a[offset + k] * x[k];
  return s0 + s1 + (s2 + s3);
}

/** The view on a matrix in float64. */
export function viewOf(a: NdArray, name: string): MatrixView {
  if (a.shape.length !== 2) {
    throw wrongType("multiply matrices", `the number of axes of ${name}`, "2", a.shape.length);
  }
  return matrixView(toFloat64(a).data, a.shape[0], a.shape[1]);
}

/** `a` itself in float64, a widened copy of it in float32. */
export function toFloat64(a: NdArray): NdArray<Float64Array> {
  return a.data instanceof Float64Array
    ? new NdArray(a.data, a.shape)
    : new NdArray(new Float64Array(a.data), a.shape);
}
