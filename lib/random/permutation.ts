/** Random orders. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import { bits32 } from "./bits.ts";
import { type Key, split } from "./key.ts";
import { population } from "./population.ts";

/**
 * A random order of the integers 0 … x − 1, or of the rows (entries along the first axis) of an array `x`.
 *
 * Members are sorted by 32-bit random keys, as in JAX. Equal keys would keep their order, so the sort is
 * repeated with new keys ⌈3·log n / log(2³² − 1)⌉ times, a heuristic of JAX's: twice for n from 1626 to 2.6
 * million.
 *
 * @throws {TypeError} if `key` is no key, or the array is bad or a scalar.
 * @throws {RangeError} if x is a number and not a positive integer.
 *
 * @example Integers, and rows of a matrix
 * ```ts
 * import assert from "node:assert/strict";
 * import { key } from "./key.ts";
 * import { permutation } from "./permutation.ts";
 *
 * assert.deepEqual(permutation(key(0), 7).toNested(), [0, 1, 5, 6, 4, 3, 2]);
 * assert.deepEqual(permutation(key(0), [[1, 2], [3, 4]]).shape, [2, 2]);
 * ```
 */
export function permutation(key: Key, x: ArrayInput): NdArray {
  const { size, take } = population(x, "x");
  const rounds = Math.ceil(3 * Math.log(size) / Math.log(2 ** 32 - 1));
  let order = Uint32Array.from({ length: size }, (_, i) => i);
  let state = key;
  for (let round = 0; round < rounds; round++) {
    const [next, part] = split(state);
    const keys = bits32(part, size);
    const ranks = Uint32Array.from(order.keys()).sort((i, j) => keys[i] - keys[j] || i - j);
    order = ranks.map((rank) => order[rank]);
    state = next;
  }
  return take(order, [size]);
}
