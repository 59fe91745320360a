/** Hermite coefficients for the variances of a call, as many as a tolerance needs. */
import { exponentOf } from "../../lib/expr/ops.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { throughChebyshevPoints } from "./interpolation.ts";
import { type Dual, octaveCoefficients, type RowCoefficients, type Source } from "./octave.ts";
import { remainders } from "./width.ts";

/** Longest series: enough for tanh at variance 100. */
const MOST_TERMS = 8192;
const FEWEST_TERMS = 32;

/** Coefficients that leave less than this need no successors, whatever the other points of the call need. */
const SILENT = 1e-20;

/**
 * The coefficients for each of the distinct positive `variances`: so many that what remains is below `bound`, or 8192;
 * fewer where all others are 0 to rounding.
 */
export function adaptiveRows(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  bound: number,
): RowCoefficients[] {
  const octaves = groupByOctave(variances);
  const pilots = octaves.map((sigmas) => pilot(source, dual, sigmas, bound));
  const count = Math.max(...pilots);
  return octaves.flatMap((sigmas, i) => {
    const enough = source.terms.length > 0 ? count : pilot(source, dual, sigmas, SILENT, pilots[i], count);
    return coefficientsOf(source, dual, sigmas, enough);
  });
}

/** The first `count` coefficients for each of the distinct positive `variances`. */
export function fixedRows(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  count: number,
): RowCoefficients[] {
  return groupByOctave(variances).flatMap((sigmas) => coefficientsOf(source, dual, sigmas, count));
}

/** The distinct standard deviations, ascending, octave by octave: variances in [4ᵉ, 4ᵉ⁺¹). */
function groupByOctave(variances: Float64Array): number[][] {
  const octaves = new Map<number, number[]>();
  for (const variance of [...new Set(variances)].filter((v) => v > 0).sort((a, b) => a - b)) {
    const octave = exponentOf(variance) >> 1;
    octaves.set(octave, [...octaves.get(octave) ?? [], Math.sqrt(variance)]);
  }
  return [...octaves.values()];
}

/** The number of terms, doubled from `least`, that suffices for the largest of `sigmas`, but no more than `most`. */
function pilot(
  source: Source,
  dual: Dual,
  sigmas: readonly number[],
  bound: number,
  least = FEWEST_TERMS,
  most = MOST_TERMS,
): number {
  for (let count = least; count < most; count *= 2) {
    const [row] = octaveCoefficients(source, dual, sigmas.slice(-1), count);
    if (remainders(row, dual)[count] <= bound) return count;
  }
  return most;
}

function coefficientsOf(
  source: Source,
  dual: Dual,
  sigmas: readonly number[],
  count: number,
): RowCoefficients[] {
  const compute = (some: readonly number[]) => octaveCoefficients(source, dual, some, count).map(pack);
  return throughChebyshevPoints(sigmas, compute).map((vector, i) => unpack(vector, sigmas[i], count));
}

const masses = ["regularMass", "singularMass", "totalMass"] as const;

/** All numbers of a row in one vector, for interpolation; masses by their roots, which are of the coefficients' size. */
function pack(row: RowCoefficients): Float64Array {
  const numbers = [...masses.flatMap((name) => [row[name].even, row[name].odd]), row.square].map(Math.sqrt);
  const vector = new Float64Array(numbers.length + row.regular.length + row.singular.length);
  vector.set(numbers);
  vector.set(row.regular, numbers.length);
  vector.set(row.singular, numbers.length + row.regular.length);
  return vector;
}

function unpack(vector: Float64Array, sigma: number, count: number): RowCoefficients {
  const [regularMass, singularMass, totalMass] = masses.map((_, i): Masses => {
    return { even: vector[2 * i] ** 2, odd: vector[2 * i + 1] ** 2 };
  });
  const start = 2 * masses.length;
  const regular = vector.subarray(start + 1, start + 1 + count);
  const singular = vector.subarray(start + 1 + count);
  return { sigma, regular, singular, square: vector[start] ** 2, regularMass, singularMass, totalMass };
}
