/** The Hermite expansion of ReLU, in closed form. */
import { NdArray } from "../../lib/array/mod.ts";
import { requireDegree } from "./check.ts";
import { hermite2mono } from "./mono.ts";
import { type FitOptions, wantsMonomials } from "./polfit.ts";

/**
 * The Hermite coefficients of max(x, 0): c₀ = 1/√2π, c₁ = 1/2, cₙ = (−1)^(n/2−1)/(√2π·n(n−1)·(n−2)!!) for even n ≥ 2 and 0
 * for the other odd ones: by parts, cₙ = φ(0)·Heₙ₋₂(0)/n! with the density φ.
 *
 * @param degree integer from 0 to 256
 * @param options `convertToMono` (default false): monomial coefficients of the expansion instead
 * @returns the degree + 1 coefficients
 * @throws {RangeError} for another degree.
 * @see DLMF 18.6.1 for Heₙ(0).
 *
 * @example The first three
 * ```ts
 * import assert from "node:assert/strict";
 * import { hermiteCoeffsRelu } from "./relu.ts";
 * const density = 1 / Math.sqrt(2 * Math.PI);
 * assert.deepEqual(hermiteCoeffsRelu(2).toNested(), [density, 0.5, density / 2]);
 * ```
 */
export function hermiteCoeffsRelu(degree: number, options: FitOptions = {}): NdArray<Float64Array> {
  requireDegree("expand ReLU", degree);
  const coeffs = new NdArray(Float64Array.from({ length: degree + 1 }, (_, n) => coefficient(n)), [
    degree + 1,
  ]);
  return wantsMonomials(options) ? hermite2mono(coeffs) : coeffs;
}

function coefficient(n: number): number {
  if (n % 2 === 1) return n === 1 ? 0.5 : 0;
  // n(n−1)·(n−2)!!
  let divisor = n === 0 ? 1 : n * (n - 1);
  for (let k = 2; k <= n - 2; k += 2) divisor *= k;
  return (n % 4 === 2 || n === 0 ? 1 : -1) / (Math.sqrt(2 * Math.PI) * divisor);
}
