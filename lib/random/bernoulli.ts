/** Draws of true and false. */
import { type DType, NdArray } from "../array/mod.ts";
import { outOfRange, withDefaults } from "../options.ts";
import type { Key } from "./key.ts";
import { uniform } from "./uniform.ts";

/**
 * Ones with probability `p` and zeros otherwise: u < p for uniform u of the given `dtype` (float64 unless
 * asked otherwise, which only chooses the stream). A scalar unless a shape is given.
 *
 * @throws {TypeError} if `key` is no key, or for another dtype.
 * @throws {RangeError} unless 0 ≤ p ≤ 1, and for a shape with an axis that is not a positive integer.
 *
 * @example Certainty
 * ```ts
 * import assert from "node:assert/strict";
 * import { bernoulli } from "./bernoulli.ts";
 * import { key } from "./key.ts";
 *
 * assert.deepEqual(bernoulli(key(0), 1, [3]).toNested(), [1, 1, 1]);
 * ```
 */
export function bernoulli(
  key: Key,
  p = 0.5,
  shape: readonly number[] = [],
  options: { readonly dtype?: DType } = {},
): NdArray<Float64Array> {
  const { dtype } = withDefaults<{ dtype: DType }>("draw numbers", { dtype: "float64" }, options);
  if (!(p >= 0 && p <= 1)) {
    throw outOfRange("draw Bernoulli numbers", "p", "from 0 to 1", p);
  }
  const bound = dtype === "float32" ? Math.fround(p) : p;
  return new NdArray(Float64Array.from(uniform(key, shape, { dtype }).data, (u) => u < bound ? 1 : 0), shape);
}
