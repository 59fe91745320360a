/** What users do with arrays besides kernels: zeros, reshape, transpose, scale, concatenate. */
import { withDefaults, wrongType } from "../options.ts";
import { allocate, type DataOf, type DType, sizeOf } from "./dtype.ts";
import { NdArray } from "./nd_array.ts";

type Data = Float64Array | Float32Array;

/**
 * An array of zeros, float64 unless asked otherwise.
 *
 * @throws {RangeError} for a shape with an axis that is not a positive integer.
 *
 * @example A matrix
 * ```ts
 * import assert from "node:assert/strict";
 * import { zeros } from "./ops.ts";
 *
 * assert.deepEqual(zeros([2, 2]).toNested(), [[0, 0], [0, 0]]);
 * ```
 */
export function zeros<T extends DType = "float64">(
  shape: readonly number[],
  options: { readonly dtype?: T } = {},
): NdArray<DataOf<T>> {
  const { dtype } = withDefaults("make an array", { dtype: "float64" as T }, options);
  return new NdArray(allocate(sizeOf(shape), dtype), shape);
}

/**
 * The same entries under another shape; the data are shared with `a`.
 *
 * @throws {TypeError} if the shapes differ in size.
 *
 * @example A vector as a matrix
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./parse.ts";
 * import { reshape } from "./ops.ts";
 *
 * assert.deepEqual(reshape(array([1, 2, 3, 4]), [2, 2]).toNested(), [[1, 2], [3, 4]]);
 * ```
 */
export function reshape<D extends Data>(a: NdArray<D>, shape: readonly number[]): NdArray<D> {
  return new NdArray(a.data, shape);
}

/**
 * The transpose of a matrix, as a copy.
 *
 * @throws {TypeError} unless `a` has two axes.
 *
 * @example A column from a row
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./parse.ts";
 * import { transpose } from "./ops.ts";
 *
 * assert.deepEqual(transpose(array([[1, 2]])).toNested(), [[1], [2]]);
 * ```
 */
export function transpose<D extends Data>(a: NdArray<D>): NdArray<D> {
  if (a.shape.length !== 2) {
    throw wrongType("transpose an array", "its number of axes", "2", a.shape.length);
  }
  const [m, n] = a.shape;
  const data = a.data.slice() as D;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) data[j * m + i] = a.data[i * n + j];
  }
  return new NdArray(data, [n, m]);
}

/**
 * Every entry times a number, in the precision of `a`.
 *
 * @example Half of a vector
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./parse.ts";
 * import { scale } from "./ops.ts";
 *
 * assert.deepEqual(scale(array([2, 4]), 0.5).toNested(), [1, 2]);
 * ```
 */
export function scale<D extends Data>(a: NdArray<D>, factor: number): NdArray<D> {
  return new NdArray(a.data.map((value) => value * factor) as D, a.shape);
}

/**
 * Arrays one after the other along the first axis; float32 if all of them are, float64 otherwise.
 *
 * @throws {TypeError} if there is none, or if they differ in another axis.
 *
 * @example Two matrices of one width
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./parse.ts";
 * import { concatenate } from "./ops.ts";
 *
 * assert.deepEqual(concatenate([array([[1, 2]]), array([[3, 4], [5, 6]])]).shape, [3, 2]);
 * ```
 */
export function concatenate<D extends Data>(arrays: readonly NdArray<D>[]): NdArray<D> {
  assertSameRows(arrays);
  const dtype = arrays.every((a) => a.dtype === "float32") ? "float32" : "float64";
  const data = allocate(arrays.reduce((size, a) => size + a.size, 0), dtype);
  let next = 0;
  for (const a of arrays) {
    data.set(a.data, next);
    next += a.size;
  }
  const length = arrays.reduce((total, a) => total + a.shape[0], 0);
  return new NdArray(data as D, [length, ...arrays[0].shape.slice(1)]);
}

function assertSameRows(arrays: readonly NdArray[]): void {
  if (arrays.length === 0) {
    throw new TypeError("Cannot concatenate arrays as their number must be at least 1: current value is 0");
  }
  const expected = ["n", ...arrays[0].shape.slice(1)].join(", ");
  const bad = arrays.findIndex((a) =>
    a.shape.length === 0 || ["n", ...a.shape.slice(1)].join(", ") !== expected
  );
  if (bad < 0) return;
  throw new TypeError(
    `Cannot concatenate arrays as the shape of array ${bad} must be [${expected}]: ` +
      `current value is [${arrays[bad].shape.join(", ")}]`,
  );
}

/** The entries of x at some places of its first axis, in their order, in float64. */
export function takeRows(
  { data, shape: [count, ...rest], size }: NdArray,
  rows: readonly number[],
): NdArray<Float64Array> {
  const step = size / count;
  const taken = new Float64Array(rows.length * step);
  rows.forEach((row, i) => taken.set(data.subarray(row * step, (row + 1) * step), i * step));
  return new NdArray(taken, [rows.length, ...rest]);
}

/** The entries `start` … `end` − 1 of x along its first axis, in the memory of x. */
export function rowRange<D extends Float64Array | Float32Array>(
  { data, shape: [count, ...rest], size }: NdArray<D>,
  start: number,
  end: number,
): NdArray<D> {
  const step = size / count;
  return new NdArray(data.subarray(start * step, end * step) as D, [end - start, ...rest]);
}
