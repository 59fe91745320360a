/** The Walsh–Hadamard transform: what the Fourier transform is to complex sketches, in real numbers. */

/**
 * Transforms `length` entries of `data` in place, a power of two: y_k = Σⱼ (−1)^(bits that j and k share)·xⱼ, without a factor, in
 * length·log₂(length) additions (Ailon & Chazelle 2009, "The fast Johnson–Lindenstrauss transform").
 *
 * @example Sum and difference
 * ```ts
 * import assert from "node:assert/strict";
 * import { walshHadamard } from "./walsh_hadamard.ts";
 *
 * const data = Float64Array.of(5, 3);
 * walshHadamard(data);
 * assert.deepEqual([...data], [8, 2]);
 * ```
 */
export function walshHadamard(data: Float64Array, start = 0, length: number = data.length - start): void {
  for (let half = 1; half < length; half *= 2) {
    for (let block = start; block < start + length; block += 2 * half) {
      for (let i = block; i < block + half; i++) {
        const [a, b] = [data[i], data[i + half]];
        data[i] = a + b;
        data[i + half] = a - b;
      }
    }
  }
}
