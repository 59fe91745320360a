/** From Hermite to monomial coefficients, by integers that are exact. */
import { type ArrayInput, NdArray } from "../../lib/array/mod.ts";
import { add, type DoubleDouble, multiply } from "../../lib/special/double_double.ts";
import { requireCoefficients } from "./check.ts";

/**
 * The coefficients m of Σₙ coeffs[n]·Heₙ(t) = Σₗ mₗ·tˡ: mₗ = Σᵢ (−1)ⁱ·(l+2i)!/(2ⁱ i! l!)·coeffs[l+2i].
 *
 * The terms cancel more and more digits as the degree grows, so the integers are exact and the sum is a double-double:
 * m is right to the last bit for the coefficients that are given.
 *
 * @param coeffs Hermite coefficients from degree 0 upwards, at least one and at most 257
 * @returns the monomial coefficients, as many
 * @throws {TypeError} if `coeffs` is not a list of numbers.
 * @throws {RangeError} for a degree above 256, a coefficient that is not finite, or a result above 1.8e308.
 * @see DLMF 18.5.13 with 18.7.11.
 *
 * @example He₄(t) = t⁴ − 6t² + 3
 * ```ts
 * import assert from "node:assert/strict";
 * import { hermite2mono } from "./mono.ts";
 * assert.deepEqual(hermite2mono([0, 0, 0, 0, 1]).toNested(), [3, 0, -6, 0, 1]);
 * ```
 */
export function hermite2mono(coeffs: ArrayInput): NdArray<Float64Array> {
  const c = requireCoefficients("convert a Hermite series to monomials", coeffs);
  return new NdArray(c.map((_, l) => monomialCoefficient(c, l)), [c.length]);
}

/** The integers are below 2⁸⁷⁰ and coefficients below 2¹⁰²⁴: with this factor sums of their products stay in range. */
const SHRINK = 2 ** -900;

function monomialCoefficient(c: Float64Array, l: number): number {
  const direct = scaledCoefficient(c, l, 1);
  // What overflows on the way may come back: the terms have both signs.
  const value = Number.isFinite(direct) ? direct : scaledCoefficient(c, l, SHRINK) / SHRINK;
  if (Number.isFinite(value)) return value;
  throw new RangeError(
    `Cannot convert a Hermite series to monomials as every result must be below 1.8e308: current value is ${value} at degree ${l}, ` +
      "divide coeffs by their largest",
  );
}

function scaledCoefficient(c: Float64Array, l: number, scale: number): number {
  let sum: DoubleDouble = [0, 0];
  for (let n = l; n < c.length; n += 2) {
    const sign = (n - l) % 4 === 0 ? scale : -scale;
    sum = add(sum, multiply(hermiteInteger(n, l), [sign * c[n], 0]));
  }
  return sum[0];
}

const exact: bigint[][] = [[1n]];
const rounded: DoubleDouble[][] = [[[1, 0]]];

/**
 * Cₙₗ = n!/(2ⁱ i! l!) with i = (n − l)/2, for n − l even: xⁿ = Σₗ Cₙₗ·Heₗ(x) and Heₙ(x) = Σₗ (−1)ⁱ·Cₙₗ·xˡ.
 *
 * Exact as far as double-doubles go (106 bits): the sums that they enter cancel all but a few of their digits.
 */
export function hermiteInteger(n: number, l: number): DoubleDouble {
  while (exact.length <= n) append();
  return rounded[n][l];
}

/** Cₙ₊₁,ₗ = Cₙ,ₗ₋₁ + n·Cₙ₋₁,ₗ, the recurrence of Heₙ without its signs. */
function append(): void {
  const n = exact.length - 1;
  const [last, before] = [exact[n], exact[n - 1] ?? []];
  const row = Array.from(
    { length: n + 2 },
    (_, l) => (last[l - 1] ?? 0n) + BigInt(n) * (before[l] ?? 0n),
  );
  exact.push(row);
  rounded.push(row.map((value) => {
    const high = Number(value);
    return [high, Number(value - BigInt(high))];
  }));
}
