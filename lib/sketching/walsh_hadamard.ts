/** The Walsh–Hadamard transform: products of ±1 with all of a vector, in n·log₂n additions. */

/**
 * Overwrites x[start … start + length − 1] with H·x for the Hadamard matrix in natural order, Hᵢⱼ = (−1)^(bits of i & j), without a
 * factor: H·H = length·I. `length` must be a power of two.
 *
 * @example Sums and differences
 * ```ts
 * import assert from "node:assert/strict";
 * import { walshHadamard } from "./walsh_hadamard.ts";
 *
 * const x = Float64Array.of(1, 2, 3, 4);
 * walshHadamard(x, 0, 4);
 * assert.deepEqual([...x], [10, -2, -4, 0]);
 * ```
 */
export function walshHadamard(x: Float64Array, start: number, length: number): void {
  const end = start + length;
  // Two levels at once: half the passes over memory.
  let half = 1;
  for (; half * 2 < length; half *= 4) {
    for (let block = start; block < end; block += 4 * half) {
      for (let i = block; i < block + half; i++) {
        const a = x[i], b = x[i + half], c = x[i + 2 * half], d = x[i + 3 * half];
        const sum1 = a + b, difference1 = a - b, sum2 = c + d, difference2 = c - d;
        x[i] = sum1 + sum2, x[i + half] = difference1 + difference2;
        x[i + 2 * half] = sum1 - sum2, x[i + 3 * half] = difference1 - difference2;
      }
    }
  }
  if (half >= length) return;
  for (let i = start; i < start + half; i++) {
    const a = x[i], b = x[i + half];
    x[i] = a + b, x[i + half] = a - b;
  }
}

/** The smallest power of two that is at least n. */
export const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));
