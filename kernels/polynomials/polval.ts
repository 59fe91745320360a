/** Values of Hermite polynomials and of their sums. */
import { type ArrayInput, assertFinite, NdArray, toArray } from "../../lib/array.ts";
import { requireCoefficients, requireDegree } from "./check.ts";

/**
 * The probabilists' Hermite polynomial Heₙ(t) for n = `degree`, entry by entry, from He₀ = 1, He₁ = t and
 * Heₙ₊₁ = t·Heₙ − n·Heₙ₋₁ (DLMF 18.9.1; not normalised: E[Heₙ²] = n! under N(0, 1)).
 *
 * @param t points: an array of any shape, or a number
 * @param degree integer from 0 to 256
 * @returns the values in the shape of t, float64; a number for a number
 * @throws {RangeError} for another degree, a point that is not finite, or a value above 1.8e308.
 *
 * @example He₃(t) = t³ − 3t
 * ```ts
 * import { hermitePolvalSingle } from "./polval.ts";
 * if (hermitePolvalSingle(2, 3) !== 2) throw new Error("8 − 6 must be 2");
 * ```
 */
export function hermitePolvalSingle(t: number, degree: number): number;
/** The polynomial at every entry of an array. */
export function hermitePolvalSingle(t: ArrayInput, degree: number): NdArray<Float64Array>;
export function hermitePolvalSingle(t: ArrayInput, degree: number): number | NdArray<Float64Array> {
  const action = "evaluate a Hermite polynomial";
  return map(action, t, (x) => single(requireDegree(action, degree), x));
}

/**
 * The Hermite series Σₙ coeffs[n]·Heₙ(t), entry by entry.
 *
 * @param t points: an array of any shape, or a number
 * @param coeffs coefficients from degree 0 upwards, at least one and at most 257
 * @returns the values in the shape of t, float64; a number for a number
 * @throws {TypeError} if `coeffs` is not a list of numbers.
 * @throws {RangeError} for a degree above 256, an entry that is not finite, or a value above 1.8e308.
 *
 * @example t² = He₂(t) + 1
 * ```ts
 * import assert from "node:assert/strict";
 * import { hermitePolval } from "./polval.ts";
 * assert.deepEqual(hermitePolval([0, 1, 3], [1, 0, 1]).toNested(), [0, 1, 9]);
 * ```
 */
export function hermitePolval(t: number, coeffs: ArrayInput): number;
/** The series at every entry of an array. */
export function hermitePolval(t: ArrayInput, coeffs: ArrayInput): NdArray<Float64Array>;
export function hermitePolval(t: ArrayInput, coeffs: ArrayInput): number | NdArray<Float64Array> {
  const action = "evaluate a Hermite series";
  const c = requireCoefficients(action, coeffs);
  return map(action, t, (x) => series(c, x));
}

function single(degree: number, x: number): number {
  let [previous, current] = [0, 1];
  for (let n = 0; n < degree; n++) [previous, current] = [current, x * current - n * previous];
  return current;
}

function series(coeffs: Float64Array, x: number): number {
  let [previous, current, sum] = [0, 1, coeffs[0]];
  for (let n = 1; n < coeffs.length; n++) {
    [previous, current] = [current, x * current - (n - 1) * previous];
    sum += coeffs[n] * current;
  }
  return sum;
}

function map(action: string, t: ArrayInput, f: (x: number) => number): number | NdArray<Float64Array> {
  const points = toArray(t, "t");
  assertFinite(points, "t");
  const values = Float64Array.from(points.data, f);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot ${action} as its value must be below 1.8e308: current value of t is ${points.data[bad]}`,
    );
  }
  return typeof t === "number" ? values[0] : new NdArray(values, points.shape);
}
