/** Random bits of a key, from the counters of Threefry. */
import { sizeOf } from "../array/dtype.ts";
import { type Key, keyWords } from "./key.ts";
import { threefry2x32, type Words } from "./threefry.ts";
import { outOfRange } from "../options.ts";

/** Unsigned integers in row-major order. */
export interface Bits<D extends Uint32Array | BigUint64Array> {
  /** The integers. */
  readonly data: D;
  /** Length of each axis. */
  readonly shape: readonly number[];
}

/**
 * Uniform unsigned integers of 32 or 64 bits: entry i is made of the block (b₁, b₂) of the counter (0, i), as
 * b₁ ⊕ b₂ or as 2³²·b₁ + b₂.
 *
 * @throws {TypeError} if `key` is no key.
 * @throws {RangeError} for another width, and for a shape with an axis that is not a positive integer.
 *
 * @example Both widths
 * ```ts
 * import assert from "node:assert/strict";
 * import { bits } from "./bits.ts";
 * import { key } from "./key.ts";
 *
 * assert.deepEqual([...bits(key(0), [2]).data], [4070199207, 4202968722]);
 * assert.deepEqual([...bits(key(0), [1], 64).data], [7719171245655871230n]);
 * ```
 */
export function bits(key: Key, shape: readonly number[], width?: 32): Bits<Uint32Array>;
/** The same of 64 bits, as `bigint`. */
export function bits(key: Key, shape: readonly number[], width: 64): Bits<BigUint64Array>;
export function bits(
  key: Key,
  shape: readonly number[],
  width: 32 | 64 = 32,
): Bits<Uint32Array | BigUint64Array> {
  const size = sizeOf(shape);
  if (width === 32) return { data: bits32(key, size), shape: [...shape] };
  if (width === 64) return { data: bits64(key, size), shape: [...shape] };
  throw outOfRange("draw bits", "width", "32 or 64", width);
}

/** `size` integers of 32 bits. */
export function bits32(key: Key, size: number): Uint32Array {
  const { first, second } = words(key, size);
  return first.map((word, i) => word ^ second[i]);
}

/** `size` integers of 64 bits. */
export function bits64(key: Key, size: number): BigUint64Array {
  const { first, second } = words(key, size);
  return BigUint64Array.from(first, (word, i) => (BigInt(word) << 32n) | BigInt(second[i]));
}

/**
 * The high and the low halves of `size` integers of 64 bits: what is fast enough for floating point numbers.
 */
export function words(key: Key, size: number, start = 0): Words {
  return threefry2x32(keyWords(key), start, size);
}
