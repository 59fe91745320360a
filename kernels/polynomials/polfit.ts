/** The expansion of a function in Hermite polynomials: by quadrature, and that of ReLU in closed form. */
import { NdArray } from "../../lib/array/mod.ts";
import { flag, withDefaults, wrongType } from "../../lib/options.ts";
import { activationFunction } from "../named.ts";
import type { Forward } from "../../lib/network/activation.ts";
import { traceForward } from "../numerical/trace.ts";
import { requireDegree } from "./check.ts";
import { hermite2mono } from "./mono.ts";
import { hermiteMeans } from "./quadrature.ts";

/** What the coefficients are for. */
export interface FitOptions {
  /** Coefficients of 1, t, t², … instead of He₀, He₁, He₂, …; default false */
  readonly convertToMono?: boolean;
}

/** The option, after refusing names that are none. */
function wantsMonomials(options: FitOptions): boolean {
  const defaults: Required<FitOptions> = { convertToMono: false };
  const { convertToMono } = withDefaults("build Hermite coefficients", defaults, options);
  return flag("build Hermite coefficients", "convertToMono", convertToMono);
}

/**
 * The Hermite coefficients cₙ = E[f(X)·Heₙ(X)]/n!, X ~ N(0, 1), n = 0 … degree: Σ cₙHeₙ is the best polynomial of that degree
 * in the mean square.
 *
 * By quadrature to about 1e-15·√E[f(X)²] in cₙ·√n!; intervals are halved where f is not smooth, so that kinks, jumps and
 * integrable poles cost time, not digits. Even and odd functions get exact zeros.
 *
 * @param fn the name of an activation (see `dual.getAct`), an expression `(x) => x.tanh()`, or a function of a number
 * @param degree integer from 0 to 256
 * @param options `convertToMono` (default false): monomial coefficients of the expansion instead
 * @returns the degree + 1 coefficients
 * @throws {RangeError} for another degree or name, for a value that is not finite, and if E[f(X)²] diverges.
 * @throws {TypeError} if `fn` is neither a name nor a function.
 * @see O'Donnell 2014, "Analysis of Boolean functions", §11.2.
 *
 * @example t³ = He₃(t) + 3·He₁(t)
 * ```ts
 * import { hermitePolfit } from "./polfit.ts";
 * const c = hermitePolfit((t: number) => t ** 3, 4);
 * if (![0, 3, 0, 1, 0].every((value, n) => Math.abs(c.at(n) - value) < 1e-14)) throw new Error("t³ = He₃ + 3·He₁");
 * ```
 */
export function hermitePolfit(
  fn: string | Forward,
  degree: number,
  options: FitOptions = {},
): NdArray<Float64Array> {
  requireDegree("fit a Hermite series", degree);
  const toMonomials = wantsMonomials(options);
  const means = hermiteMeans(functionOf(fn), degree);
  let root = 1;
  const coeffs = means.map((mean, n) => mean / (root *= Math.sqrt(Math.max(n, 1))));
  const series = new NdArray(coeffs, [degree + 1]);
  return toMonomials ? hermite2mono(series) : series;
}

function functionOf(fn: string | Forward): (x: number) => number {
  if (typeof fn === "string") return activationFunction(fn);
  if (typeof fn === "function") return traceForward(fn).call;
  throw wrongType("fit a Hermite series", "fn", "a name or a function", fn);
}

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
 * import { hermiteCoeffsRelu } from "./polfit.ts";
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
