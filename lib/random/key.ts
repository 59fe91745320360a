/** Keys: what all draws follow from. */
import { threefry2x32 } from "./threefry.ts";
import { outOfRange, wrongType } from "../options.ts";

/**
 * The state of the generator: two 32-bit words, never changed. Made by `key`, `split` and `foldIn`.
 *
 * @throws {TypeError} from the constructor unless it gets a `Uint32Array` of 2 words.
 *
 * @example A key from the words that Python prints
 * ```ts
 * import { Key, key } from "./key.ts";
 * if (String(new Key(Uint32Array.of(0, 7))) !== String(key(7))) throw new Error("both must be Key(0, 7)");
 * ```
 */
export class Key {
  /** The two words, as `jax.random.key_data` gives them. */
  readonly data: Uint32Array;

  /** A key of given words. */
  constructor(data: Uint32Array) {
    if (!(data instanceof Uint32Array) || data.length !== 2) {
      throw wrongType("make a key", "data", "a Uint32Array of 2 words", data);
    }
    this.data = data;
  }

  /** "Key(0, 1)": the two words. */
  toString(): string {
    return `Key(${this.data.join(", ")})`;
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

/**
 * The key of a seed, an integer from −2⁶³ to 2⁶³ − 1: its high and its low 32 bits in two's complement, as
 * `jax.random.key` makes it in x64 mode. Seeds beyond ±2⁵³ are given as `bigint`.
 *
 * @throws {TypeError} if `seed` is no integer.
 * @throws {RangeError} if it does not fit 64 bits.
 *
 * @example The words of a key
 * ```ts
 * import assert from "node:assert/strict";
 * import { key } from "./key.ts";
 *
 * assert.deepEqual([...key(7).data], [0, 7]);
 * assert.deepEqual([...key(-1).data], [4294967295, 4294967295]);
 * ```
 */
export function key(seed: number | bigint): Key {
  if (typeof seed !== "bigint" && !Number.isSafeInteger(seed)) {
    throw wrongType("make a key", "seed", "an integer, a bigint beyond 2^53", seed);
  }
  const value = BigInt(seed);
  if (BigInt.asIntN(64, value) !== value) {
    throw new RangeError(
      `Cannot make a key as seed must be from -2^63 to 2^63 - 1: current value is ${seed}`,
    );
  }
  return new Key(Uint32Array.of(Number(BigInt.asUintN(32, value >> 32n)), Number(BigInt.asUintN(32, value))));
}

/**
 * `num` new keys from one: key i is the Threefry-2x32 block of the counter (0, i).
 *
 * @throws {TypeError} if `key` is no key.
 * @throws {RangeError} if `num` is not a positive integer.
 *
 * @example Two independent streams
 * ```ts
 * import assert from "node:assert/strict";
 * import { key, split } from "./key.ts";
 *
 * const [a, b] = split(key(0));
 * assert.deepEqual([...a.data], [1797259609, 2579123966]);
 * assert.deepEqual([...b.data], [928981903, 3453687069]);
 * ```
 */
export function split(key: Key, num = 2): Key[] {
  const words = keyWords(key);
  if (!Number.isSafeInteger(num) || num < 1) {
    throw outOfRange("split a key", "num", "a positive integer", num);
  }
  const { first, second } = threefry2x32(words, 0, num);
  return Array.from(first, (word, i) => new Key(Uint32Array.of(word, second[i])));
}

/**
 * A new key from a key and an integer from 0 to 2³² − 1, such as the number of a step: the block of the
 * counter (0, data).
 *
 * @throws {TypeError} if `key` is no key.
 * @throws {RangeError} if `data` is outside its range.
 *
 * @example The keys that `split` gives
 * ```ts
 * import assert from "node:assert/strict";
 * import { foldIn, key, split } from "./key.ts";
 *
 * assert.deepEqual(foldIn(key(3), 4).data, split(key(3), 5)[4].data);
 * ```
 */
export function foldIn(key: Key, data: number): Key {
  const words = keyWords(key);
  if (!Number.isInteger(data) || data < 0 || data >= 2 ** 32) {
    throw outOfRange("fold into a key", "data", "an integer from 0 to 2^32 - 1", data);
  }
  const { first, second } = threefry2x32(words, data, 1);
  return new Key(Uint32Array.of(first[0], second[0]));
}

/** The words of a key; refuses anything else, such as a bare seed. */
export function keyWords(key: Key): Uint32Array {
  if (key instanceof Key) return key.data;
  throw wrongType("draw random numbers", "key", "a key, such as random.key(0)", key);
}
