/** From whatever a caller gives, nested lists, typed arrays, views with strides, to an `NdArray`. */
import { withDefaults, wrongType } from "../options.ts";
import { allocate, type DataOf, type DType, type NestedNumbers, show, sizeOf, type Values } from "./dtype.ts";
import { assertAttached, assertWhole } from "./memory.ts";
import { NdArray } from "./nd_array.ts";
import { readView } from "./strided.ts";

/**
 * What every argument that takes an array accepts: an array, its parts, nested lists, or a typed array as a
 * vector.
 *
 * Parts may be a view, such as an `ndarray` of npm or a chunk of zarrita: entry (i, j, …) is then
 * `data[offset + i * stride[0] + j * stride[1] + …]`. Without `stride` the order is row-major, without `offset` it is 0.
 */
export type ArrayInput =
  | NdArray
  | {
    readonly data: ArrayLike<number>;
    readonly shape: readonly number[];
    readonly stride?: readonly number[];
    readonly offset?: number;
  }
  | NestedNumbers
  | Float64Array
  | Float32Array;

/**
 * An array from nested lists, or from a flat list of entries in row-major order and their shape.
 *
 * Nested lists become float64 unless `dtype` says otherwise. A `Float64Array` or `Float32Array` with a shape
 * is used as it is, without a copy; any other flat list (`Uint8Array` too) is converted to float64.
 *
 * @throws {TypeError} for lists of unequal length, empty lists, entries that are not numbers, and a shape that
 * does not fit.
 * @throws {RangeError} for a shape with an axis that is not a positive integer.
 *
 * @example Both ways to write a matrix
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "./parse.ts";
 *
 * const a = array([[1, 2, 3], [4, 5, 6]]);
 * const b = array([1, 2, 3, 4, 5, 6], [2, 3]);
 * assert.deepEqual(a.shape, [2, 3]);
 * assert.deepEqual(a.data, b.data);
 * assert.equal(array([0.1], { dtype: "float32" }).at(0), Math.fround(0.1));
 * ```
 */
export function array<D extends Float64Array | Float32Array>(data: D, shape: readonly number[]): NdArray<D>;
/** An array of a flat list of numbers, converted to float64. */
export function array(data: ArrayLike<number>, shape: readonly number[]): NdArray<Float64Array>;
/** An array of nested lists, float64 unless `dtype` says otherwise. */
export function array<T extends DType = "float64">(
  nested: NestedNumbers,
  options?: { readonly dtype?: T },
): NdArray<DataOf<T>>;
export function array(
  values: NestedNumbers | ArrayLike<number>,
  second: readonly number[] | { readonly dtype?: DType } = {},
): NdArray {
  assertAttached(values, "data");
  if (!isShape(second)) {
    const { dtype } = withDefaults<{ dtype: DType }>("make an array", { dtype: "float64" }, second);
    return fromNested(values, "data", dtype);
  }
  if (values instanceof Float64Array || values instanceof Float32Array) return new NdArray(values, second);
  return new NdArray(fromNested(values, "data", "float64").data, second);
}

/**
 * The array that an argument called `name` stands for: an `NdArray` itself, anything else converted; numbers
 * that come without a type are float64.
 *
 * Views become arrays in row-major order; their data are copied unless they are in that order already.
 *
 * @throws {TypeError} naming the entry that is no number, or the list that is empty or of the wrong length; if the strides of a
 * view leave its data; and if the memory is gone (sent to a worker, disposed of).
 *
 * @example A list, a typed array, and data with their shape and strides
 * ```ts
 * import assert from "node:assert/strict";
 * import { toArray } from "./parse.ts";
 *
 * assert.deepEqual(toArray([[1], [2]], "x").shape, [2, 1]);
 * assert.equal(toArray(Float32Array.of(1, 2), "x").dtype, "float32");
 * assert.equal(toArray({ data: [1, 2], shape: [2] }, "x").at(-1), 2);
 * const transposed = { data: [1, 2, 3, 4], shape: [2, 2], stride: [1, 2], offset: 0 };
 * assert.deepEqual(toArray(transposed, "x").toNested(), [[1, 3], [2, 4]]);
 * ```
 */
export function toArray(input: ArrayInput, name: string): NdArray {
  if (input instanceof NdArray) {
    assertWhole(input, name);
    return input;
  }
  assertAttached(hasParts(input) ? input.data : input, name);
  if (input instanceof Float64Array || input instanceof Float32Array) {
    return new NdArray(input, [input.length]);
  }
  if (!hasParts(input)) return fromNested(input, name, "float64");
  const { data, shape, stride, offset } = input;
  if (stride !== undefined || offset !== undefined || "strides" in input) {
    requireStride(input, name);
    return readView(input, name);
  }
  if (data instanceof Float64Array || data instanceof Float32Array) return new NdArray(data, shape);
  return new NdArray(fromNested(data, `${name}.data`, "float64").data, shape);
}

/** The array that an argument called `name` stands for, if all of its entries are finite. */
export function finiteArray(input: ArrayInput, name: string): NdArray {
  const a = toArray(input, name);
  assertFinite(a, name);
  return a;
}

/**
 * Refuses an array with an entry that is NaN or infinite.
 *
 * @param action what cannot be done with it
 * @param remedy the end of the message
 * @throws {RangeError} naming the first such entry.
 *
 * @example An infinite entry
 * ```ts
 * import assert from "node:assert/strict";
 * import { array, assertFinite } from "./parse.ts";
 *
 * assert.throws(() => assertFinite(array([[1, Infinity]]), "x"), {
 *   name: "RangeError",
 *   message: "Cannot use x as x[0][1] must be finite: current value is Infinity",
 * });
 * ```
 */
export function assertFinite(a: NdArray, name: string, action = `use ${name}`, remedy = ""): void {
  const bad = firstUnbounded(a.data);
  if (bad < 0) return;
  let rest = bad;
  const index = a.shape.toReversed().map((axis) => {
    const i = rest % axis;
    rest = (rest - i) / axis;
    return i;
  }).reverse();
  throw new RangeError(
    `Cannot ${action} as ${entry(name, index)} must be finite: current value is ${a.data[bad]}${remedy}`,
  );
}

/** The index of the first entry that is NaN or infinite, or −1. */
function firstUnbounded(data: Float64Array | Float32Array): number {
  // Runs over every input: a finite sum, which is twice as fast to find, has finite terms only.
  if (Number.isFinite(sumOf(data))) return -1;
  return data.findIndex((value) => !Number.isFinite(value));
}

/** The sum of all entries, four at a time as additions wait for each other. */
function sumOf(data: Float64Array | Float32Array): number {
  let a = 0, b = 0, c = 0, d = 0;
  const end = data.length - data.length % 4;
  for (let i = 0; i < end; i += 4) a += data[i], b += data[i + 1], c += data[i + 2], d += data[i + 3];
  for (let i = end; i < data.length; i++) a += data[i];
  return a + b + c + d;
}

function fromNested<T extends DType>(nested: unknown, name: string, dtype: T): NdArray<DataOf<T>> {
  const shape = leadingShape(nested, name);
  const data = allocate(sizeOf(shape), dtype);
  const last = shape.length - 1;
  const index = shape.map(() => 0);
  let next = 0;
  const read = (value: unknown, axis: number): void => {
    if (!isList(value) || value.length !== shape[axis]) {
      throw wrongList(name, index.slice(0, axis), shape[axis], value);
    }
    if (axis === last) {
      const bad = copyNumbers(value, data, next);
      if (bad >= 0) throw wrongEntry(name, [...index.slice(0, last), bad], value[bad]);
      next += value.length;
      return;
    }
    for (let i = 0; i < value.length; i++) {
      index[axis] = i;
      read(value[i], axis + 1);
    }
  };
  if (shape.length > 0) read(nested, 0);
  else if (typeof nested === "number") data[0] = nested;
  else throw wrongEntry(name, [], nested);
  return new NdArray(data, shape);
}

/** Puts the entries of a list where `start` is the place of the first one; the index of one that is no number, or −1. */
function copyNumbers(list: ArrayLike<unknown>, data: Values, start: number): number {
  // Of its own, so that engines compile it soon and for nothing else: it reads millions of entries while a call waits.
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== "number") return i;
    data[start + i] = value;
  }
  return -1;
}

/** The shape that the first entry of each list suggests. */
function leadingShape(nested: unknown, name: string): number[] {
  const shape: number[] = [];
  for (let value = nested; isList(value); value = value[0]) {
    if (value.length === 0) throw wrongList(name, shape.map(() => 0), "at least 1", value);
    shape.push(value.length);
  }
  return shape;
}

const entry = (name: string, index: readonly number[]) => name + index.map((i) => `[${i}]`).join("");

function wrongEntry(name: string, index: readonly number[], value: unknown): TypeError {
  return wrongType(`read ${name}`, entry(name, index), "a number", value);
}

function wrongList(
  name: string,
  index: readonly number[],
  length: number | string,
  value: unknown,
): TypeError {
  const is = isList(value) ? String(value.length) : show(value);
  return new TypeError(
    `Cannot read ${name} as the length of ${entry(name, index)} must be ${length}: current value is ${is}`,
  );
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isShape(value: readonly number[] | { readonly dtype?: DType }): value is readonly number[] {
  return Array.isArray(value);
}

/** Refuses what other libraries call strides: some count bytes, some entries. */
function requireStride(view: object, name: string): void {
  if (!("strides" in view) || "stride" in view) return;
  throw new TypeError(
    `Cannot read ${name} as its strides must be called stride and count entries: current value has strides, ` +
      "write { data, shape, stride, offset }",
  );
}

type Parts = Extract<ArrayInput, { readonly stride?: unknown }>;

function hasParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}
