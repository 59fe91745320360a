/** How much of a matrix is rounding error. */
import type { NdArray } from "../array/mod.ts";
import { largest } from "./symmetric.ts";

/** Distance from 1 to the next number of each precision. */
export const EPSILON = { float64: Number.EPSILON, float32: 2 ** -23 } as const;

/** Roundings that an entry computed in float32 may have behind it, as their root mean square. */
const FLOAT32_ROUNDINGS = 2;

/**
 * Rounding errors of what is computed from a symmetric [n, n] matrix, relative to its entries: n·ε of float64, in which
 * all is computed; at least 2·√n·ε of float32 for float32 input, whose entries are wrong by that each, independently: a
 * symmetric matrix of independent errors of size σ has eigenvalues within ±2·σ·√n (Wigner 1955).
 */
export function roundingLevel({ dtype, shape: [n] }: NdArray): number {
  const computed = n * EPSILON.float64;
  return dtype === "float64"
    ? computed
    : Math.max(computed, FLOAT32_ROUNDINGS * Math.sqrt(n) * EPSILON.float32);
}

/** Size below which an eigenvalue of A may be rounding error alone, if `top` is the size of the largest. */
export function eigenvalueNoise(a: NdArray, top: number): number {
  // What float64 loses scales with the eigenvalues, what the entries have lost before with these.
  const computed = a.shape[0] * EPSILON.float64 * top;
  return a.dtype === "float64" ? computed : Math.max(computed, roundingLevel(a) * largest(a.data));
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
