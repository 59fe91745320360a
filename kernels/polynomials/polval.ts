/** Values of Hermite polynomials and of their sums. */
import { type ArrayInput, finiteArray, NdArray } from "../../lib/array/mod.ts";
import { MAX_DEGREE, requireCoefficients, requireDegree } from "./check.ts";

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

/** A step multiplies by up to this, or by the point: what is below LARGE stays in range, and so does the sum of three such. */
const LARGE = 2 ** 900;
const SHRINK = 2 ** -600;

/** Numbers of a recurrence at a point, all multiplied by the same power of two so that none leaves the range. */
class Scaled {
  /** The power of two */
  scale = 1;

  constructor(readonly x: number, public value: number, public last: number) {}

  /** x·value − n·last + added, after which value is the last one. */
  step(n: number, added: number): void {
    const growth = Math.max(Math.abs(this.x), MAX_DEGREE);
    while (growth * Math.max(Math.abs(this.value), Math.abs(this.last)) > LARGE) {
      this.scale *= SHRINK;
      this.value *= SHRINK;
      this.last *= SHRINK;
    }
    [this.value, this.last] = [this.x * this.value - n * this.last + added * this.scale, this.value];
  }
}

function single(degree: number, x: number): number {
  const he = new Scaled(x, 1, 0);
  for (let n = 0; n < degree; n++) he.step(n, 0);
  return he.value / he.scale;
}

/**
 * Clenshaw's recurrence from the highest degree down: bₙ = cₙ + x·bₙ₊₁ − (n + 1)·bₙ₊₂ and the sum is b₀. It forms no Heₙ by itself,
 * which may overflow where its coefficient is 0 or makes up for it.
 */
function series(coeffs: Float64Array, x: number): number {
  const b = new Scaled(x, 0, 0);
  for (let n = coeffs.length - 1; n >= 0; n--) b.step(n + 1, coeffs[n]);
  return b.value / b.scale;
}

function map(action: string, t: ArrayInput, f: (x: number) => number): number | NdArray<Float64Array> {
  const points = finiteArray(t, "t");
  const values = Float64Array.from(points.data, f);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot ${action} as its value must be below 1.8e308: current value of t is ${points.data[bad]}`,
    );
  }
  return typeof t === "number" ? values[0] : new NdArray(values, points.shape);
}
