/** Draws of the uniform distribution. */
import { assertDType, type DataOf, type DType, NdArray, show, sizeOf } from "../array/mod.ts";
import { withDefaults } from "../options.ts";
import { bits32, words } from "./bits.ts";
import { fma, fma32 } from "./fma.ts";
import type { Key } from "./key.ts";

/** Interval and precision of uniform numbers. */
export interface UniformOptions<T extends DType = DType> {
  /** Lower end, included; 0 unless given. */
  readonly minval?: number;
  /** Upper end, excluded up to rounding; 1 unless given. */
  readonly maxval?: number;
  /** float64 unless given; float32 is another stream. */
  readonly dtype?: T;
}

/**
 * Uniform numbers u·(maxval − minval) + minval, where u = k·2⁻⁵² (float32: k·2⁻²³) takes the upper bits of
 * the 64 (32) random ones. A scalar unless a shape is given.
 *
 * @throws {TypeError} if `key` is no key, or for another dtype.
 * @throws {RangeError} unless minval < maxval, both finite and less than 2⁹⁹⁵ in size (float32: 2¹²⁷), and for
 * a shape with an axis that is not a positive integer.
 *
 * @example Three numbers from −1 to 1
 * ```ts
 * import assert from "node:assert/strict";
 * import { key } from "./key.ts";
 * import { uniform } from "./uniform.ts";
 *
 * const u = uniform(key(0), [3], { minval: -1 });
 * assert.ok(u.data.every((value) => value >= -1 && value < 1));
 * assert.equal(uniform(key(0)).at(), 0.41845711171638644);
 * ```
 */
export function uniform<T extends DType = "float64">(
  key: Key,
  shape: readonly number[] = [],
  options: UniformOptions<T> = {},
): NdArray<DataOf<T>> {
  const defaults: Required<UniformOptions<T>> = { minval: 0, maxval: 1, dtype: "float64" as T };
  const { minval, maxval, dtype } = withDefaults("draw numbers", defaults, options);
  assertDType(dtype, "draw numbers");
  const limit = dtype === "float32" ? 127 : 995;
  if (!(minval < maxval && minval > -(2 ** limit) && maxval < 2 ** limit)) {
    throw new RangeError(
      `Cannot draw numbers as minval and maxval must be with -2^${limit} < minval < maxval < 2^${limit}: ` +
        `current value is ${show(minval)}, ${show(maxval)}`,
    );
  }
  const draw = dtype === "float32" ? uniform32 : uniform64;
  return new NdArray(draw(key, sizeOf(shape), minval, maxval) as DataOf<T>, shape);
}

/** `size` float64 numbers of an interval, from the one at `start` on. */
export function uniform64(key: Key, size: number, minval: number, maxval: number, start = 0): Float64Array {
  const { first, second } = words(key, size, start);
  const span = maxval - minval;
  const result = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    // The upper 52 of the 64 bits, in two steps as a bit operation keeps 32.
    const u = first[i] * 2 ** -32 + (second[i] >>> 12) * 2 ** -52;
    result[i] = Math.max(minval, fma(u, span, minval));
  }
  return result;
}

/** `size` float32 numbers of an interval. */
export function uniform32(key: Key, size: number, minval: number, maxval: number): Float32Array {
  const low = Math.fround(minval);
  const span = Math.fround(Math.fround(maxval) - low);
  const result = new Float32Array(size);
  bits32(key, size).forEach((word, i) => {
    result[i] = Math.max(low, fma32((word >>> 9) * 2 ** -23, span, low));
  });
  return result;
}
