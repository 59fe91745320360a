/** Draws of integers. */
import { NdArray, show, sizeOf } from "../array/mod.ts";
import { withDefaults, wrongType } from "../options.ts";
import { bits32, bits64 } from "./bits.ts";
import { type Key, split } from "./key.ts";

/** Width of the random integers; the values fit either way, but the streams differ. */
export interface IntegerOptions {
  /** int64 unless given, as JAX in x64 mode. */
  readonly dtype?: "int32" | "int64";
}

/**
 * Uniform integers from minval to maxval − 1, as float64 entries: minval plus the remainder of 2ⁿ·h + l on
 * division by maxval − minval, for independent random h and l of n = 64 (int32: 32) bits, in arithmetic
 * modulo 2ⁿ.
 *
 * @throws {TypeError} if `key` is no key, or for another dtype.
 * @throws {RangeError} unless minval < maxval are integers up to 2⁵³ − 1 in size (int32: from −2³¹ to 2³¹), and
 * for a shape with an axis that is not a positive integer.
 *
 * @example Throws of a die
 * ```ts
 * import assert from "node:assert/strict";
 * import { key } from "./key.ts";
 * import { randint } from "./randint.ts";
 *
 * assert.deepEqual(randint(key(0), [5], 1, 7).toNested(), [4, 6, 6, 6, 4]);
 * ```
 */
export function randint(
  key: Key,
  shape: readonly number[],
  minval: number,
  maxval: number,
  options: IntegerOptions = {},
): NdArray<Float64Array> {
  const { dtype } = withDefaults<Required<IntegerOptions>>("draw integers", { dtype: "int64" }, options);
  const size = sizeOf(shape);
  if (dtype !== "int32" && dtype !== "int64") {
    throw wrongType("draw integers", "dtype", `"int32" or "int64"`, dtype);
  }
  assertRange(minval, maxval, dtype);
  const width = dtype === "int32" ? 32 : 64;
  const draw: (key: Key, size: number) => ArrayLike<number | bigint> = width === 32 ? bits32 : bits64;
  const [high, low] = split(key).map((part) => draw(part, size));
  const span = BigInt(maxval) - BigInt(minval);
  // 2ⁿ mod span as a square of which only n bits are kept, as JAX has it: exact for a span up to 2^(n/2).
  const multiplier = BigInt.asUintN(width, ((1n << BigInt(width / 2)) % span) ** 2n) % span;
  const data = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const sum = (BigInt(high[i]) % span) * multiplier + BigInt(low[i]) % span;
    data[i] = Number(BigInt(minval) + BigInt.asUintN(width, sum) % span);
  }
  return new NdArray(data, shape);
}

function assertRange(minval: number, maxval: number, dtype: "int32" | "int64"): void {
  const [low, high] = dtype === "int32"
    ? [-(2 ** 31), 2 ** 31]
    : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const whole = Number.isInteger(minval) && Number.isInteger(maxval);
  if (whole && low <= minval && minval < maxval && maxval <= high) return;
  throw new RangeError(
    `Cannot draw integers as minval and maxval must be integers with ${low} ≤ minval < maxval ≤ ${high}: ` +
      `current value is ${show(minval)}, ${show(maxval)}`,
  );
}
