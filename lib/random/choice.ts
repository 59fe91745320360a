/** Draws from a list, with or without replacement. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import type { Key } from "./key.ts";
import { population } from "./population.ts";
import { type IntegerOptions, randint } from "./randint.ts";

/**
 * Members of a population with replacement, all equally probable: integers from 0 to a − 1, or rows (entries
 * along the first axis) of an array `a`. The result has the shape `shape`, followed by that of a row; one
 * member unless a shape is given.
 *
 * `dtype` is that of the indices drawn: int64 unless given, as in JAX's x64 mode; int32 is the stream without
 * it.
 *
 * @throws {TypeError} if `key` is no key, or the array is bad or a scalar.
 * @throws {RangeError} if a is a number and not a positive integer (int32: up to 2³¹), and for a shape with an
 * axis that is not a positive integer.
 *
 * @example Random signs
 * ```ts
 * import assert from "node:assert/strict";
 * import { choice } from "./choice.ts";
 * import { key } from "./key.ts";
 *
 * assert.deepEqual(choice(key(0), [-1, 1], [7]).toNested(), [1, 1, 1, 1, 1, 1, -1]);
 * ```
 */
export function choice(
  key: Key,
  a: ArrayInput,
  shape: readonly number[] = [],
  options: IntegerOptions = {},
): NdArray {
  const { size, take } = population(a, "a");
  return take(randint(key, shape, 0, size, options).data, shape);
}
