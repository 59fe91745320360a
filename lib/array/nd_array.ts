/** `NdArray`: numbers with a shape, row-major, which results are and inputs may be. */
import { type DType, type NestedNumbers, sizeOf } from "./dtype.ts";
import { formatArray } from "./format.ts";
import { giveSpare } from "./spare.ts";
import { outOfRange, wrongType } from "../options.ts";

/**
 * Numbers in row-major order with a shape, on the host: entry (i, j) of a matrix with n columns is `data[i *
 * n + j]`.
 *
 * `data` is used as given, not copied. A scalar has the shape `[]`; every axis has at least one entry.
 *
 * @throws {TypeError} if `data` is no `Float64Array` or `Float32Array`, or if its length does not fit `shape`.
 * @throws {RangeError} if an axis of `shape` is not a positive integer.
 *
 * @example Entries by index and as nested lists
 * ```ts
 * import assert from "node:assert/strict";
 * import { NdArray } from "./nd_array.ts";
 *
 * const a = new NdArray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
 * assert.equal(a.at(1, -1), 6);
 * assert.deepEqual(a.toNested(), [[1, 2, 3], [4, 5, 6]]);
 * assert.equal(a.dtype, "float64");
 * ```
 */
export class NdArray<D extends Float64Array | Float32Array = Float64Array | Float32Array> {
  /** The entries, row by row. */
  readonly data: D;
  /** Length of each axis. */
  readonly shape: readonly number[];

  /** An array over `data`, which it shares. */
  constructor(data: D, shape: readonly number[]) {
    if (!(data instanceof Float64Array || data instanceof Float32Array)) {
      throw wrongType("make an array", "data", "a Float64Array or a Float32Array", data);
    }
    const size = sizeOf(shape);
    if (data.length !== size) {
      throw new TypeError(
        `Cannot make an array as shape [${
          shape.join(", ")
        }] must have ${data.length} entries, as data has: ` +
          `current value is ${size}`,
      );
    }
    this.data = data;
    this.shape = Object.freeze([...shape]);
  }

  /** Number of entries. */
  get size(): number {
    return this.data.length;
  }

  /** Precision of the entries. */
  get dtype(): DType {
    return this.data instanceof Float32Array ? "float32" : "float64";
  }

  /**
   * The entry at an index, one number an axis; a negative number counts from the end of its axis.
   *
   * @throws {TypeError} for the wrong number of indices.
   * @throws {RangeError} for an index outside its axis.
   */
  at(...index: number[]): number {
    if (index.length !== this.shape.length) {
      throw wrongType(
        "read an entry",
        "the number of indices",
        `${this.shape.length}, one an axis`,
        index.length,
      );
    }
    return this.data[this.shape.reduce((flat, axis, i) => flat * axis + position(index[i], axis, i), 0)];
  }

  /** The entries as nested lists, a plain number for a scalar. */
  toNested(): NestedNumbers {
    const build = (axis: number, start: number, count: number): NestedNumbers => {
      if (axis === this.shape.length) return this.data[start];
      const step = count / this.shape[axis];
      return Array.from({ length: this.shape[axis] }, (_, i) => build(axis + 1, start + i * step, step));
    };
    return build(0, 0, this.size);
  }

  /**
   * Gives up the entries; `using` calls it. The memory of a kernel goes to the next one of its size, which is faster than waiting
   * for the garbage collector and takes half the memory. The array is empty then; `data` that was read from it before must not
   * be used, as it will hold other numbers.
   *
   * @example Many kernels in the memory of one
   * ```ts
   * import * as stax from "../stax/mod.ts";
   *
   * for (const wStd of [1, 2]) {
   *   using nngp = await stax.Dense(1, { wStd }).kernelFn([[3]], null, "nngp");
   *   if (nngp.at(0, 0) !== 9 * wStd ** 2) throw new Error("wStd²·3²");
   * }
   * ```
   */
  [Symbol.dispose](): void {
    giveSpare(this);
    Object.assign(this, { data: this.data.slice(0, 0), shape: Object.freeze([0]) });
  }

  /** Type, shape and values as text; the middle of a large array is left out. */
  toString(): string {
    return formatArray(this);
  }

  /** What `console.log` prints in Deno. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What `console.log` prints in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function position(index: number, axis: number, i: number): number {
  if (!Number.isInteger(index) || index < -axis || index >= axis) {
    throw outOfRange("read an entry", `index ${i}`, `an integer from ${-axis} to ${axis - 1}`, index);
  }
  return index < 0 ? index + axis : index;
}
