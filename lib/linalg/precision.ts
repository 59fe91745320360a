/** How much of a matrix is rounding error. */
import type { NdArray } from "../array.ts";

/** Distance from 1 to the next number of each precision. */
export const EPSILON = { float64: Number.EPSILON, float32: 2 ** -23 } as const;

/** Roundings that an entry computed in float32 may have behind it. */
const FLOAT32_ROUNDINGS = 8;

/**
 * Size, relative to the largest eigenvalue, below which an eigenvalue of a symmetric [n, n] matrix may be rounding error alone:
 * n·ε of float64, in which all of them are computed; for float32 input besides the roundings of its entries, min(n, 8)·ε of
 * float32. Entries that are wrong by δ of their size move no eigenvalue by more than δ·λₘₐₓ(|A|), however many they are.
 */
export function noiseLevel({ dtype, shape: [n] }: NdArray): number {
  const computed = n * EPSILON.float64;
  return dtype === "float64"
    ? computed
    : Math.max(computed, Math.min(n, FLOAT32_ROUNDINGS) * EPSILON.float32);
}

/** Logarithms of numbers of which neither products of three nor squares, nor quotients by ε, leave the range of float64. */
const SAFE = 300;

/**
 * 1 where the products and quotients of a solve stay in range, else the power of two next to the largest entry: what is divided
 * by it keeps all of its digits.
 */
export function unitOf(largest: number): number {
  if (largest === 0 || (largest < 2 ** SAFE && largest > 2 ** -SAFE)) return 1;
  return 2 ** Math.floor(Math.log2(largest));
}
