/** Hermite coefficients for the variances of a call, as many as a tolerance needs. */
import { exponentOf } from "../../lib/expr/ops.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { throughChebyshevPoints } from "./interpolation.ts";
import { type Dual, octaveCoefficients, type RegularCoefficients, type Source } from "./octave.ts";
import { activeAt, slopesOf } from "./singular.ts";
import { singularCoefficients } from "./singular_coefficients.ts";
import { regularRemainder, remainders } from "./width.ts";

/** Coefficients for one standard deviation of a function (or its slope) less its singular part, and of that part. */
export interface RowCoefficients extends RegularCoefficients {
  /** As many as `regular`; empty where there is no singular part. */
  readonly singular: Float64Array;
}

/** Longest series: enough for tanh at variance 100. */
const MOST_TERMS = 8192;
const FEWEST_TERMS = 32;

/** The coefficients for each of the distinct positive `variances`: so many that what remains is below `bound`, or 8192. */
export function adaptiveRows(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  bound: number,
): RowCoefficients[] {
  const octaves = groupByOctave(variances);
  const enough = (row: RowCoefficients) => remainders(row, dual)[row.regular.length] <= bound;
  const pilots = octaves.map((sigmas) => pilot(source, dual, sigmas, enough, FEWEST_TERMS, MOST_TERMS));
  const count = Math.max(...pilots);
  // Another row's series may be longer: where this one is continued with zeros, its rest is multiplied by theirs.
  const silent = (row: RowCoefficients) => regularRemainder(row, dual) <= (bound / 20) ** 2;
  return octaves.flatMap((sigmas, i) => {
    const terms = pilot(source, dual, sigmas, silent, pilots[i], count);
    return coefficientsOf(source, dual, sigmas, terms).map((row) => complete(source, dual, row, count));
  });
}

/** The first `count` coefficients for each of the distinct positive `variances`. */
export function fixedRows(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  count: number,
): RowCoefficients[] {
  return groupByOctave(variances).flatMap((sigmas) =>
    coefficientsOf(source, dual, sigmas, count).map((row) => complete(source, dual, row, count))
  );
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

/** The number of terms, doubled from `least`, that is `enough` for the largest of `sigmas`, but no more than `most`. */
function pilot(
  source: Source,
  dual: Dual,
  sigmas: readonly number[],
  enough: (row: RowCoefficients) => boolean,
  least: number,
  most: number,
): number {
  for (let count = least; count < most; count *= 2) {
    const [row] = octaveCoefficients(source, dual, sigmas.slice(-1), count);
    if (enough(complete(source, dual, row, count))) return count;
  }
  return most;
}

/** `count` coefficients of both parts, the regular ones continued with zeros. */
function complete(source: Source, dual: Dual, row: RegularCoefficients, count: number): RowCoefficients {
  const active = activeAt(source.terms, row.sigma ** 2);
  const terms = dual === "nngp" ? active : slopesOf(active);
  const regular = new Float64Array(count);
  regular.set(row.regular);
  return { ...row, regular, singular: singularCoefficients(terms, row.sigma, terms.length > 0 ? count : 0) };
}

function coefficientsOf(
  source: Source,
  dual: Dual,
  sigmas: readonly number[],
  count: number,
): RegularCoefficients[] {
  const compute = (some: readonly number[]) => octaveCoefficients(source, dual, some, count).map(pack);
  const vectors = throughChebyshevPoints(sigmas, compute, coefficientsIn);
  return vectors.map((vector, i) => unpack(vector, sigmas[i]));
}

const masses = ["regularMass", "singularMass", "totalMass"] as const;

/** All numbers of a row in one vector, for interpolation; masses by their roots, which change as smoothly as coefficients. */
function pack(row: RegularCoefficients): Float64Array {
  const squares = [...masses.flatMap((name) => [row[name].even, row[name].odd]), row.square];
  const vector = new Float64Array(squares.length + row.regular.length);
  vector.set(squares.map(Math.sqrt));
  vector.set(row.regular, squares.length);
  return vector;
}

/** The masses are left out: those of slopes from differences are noisy at small standard deviations. */
const coefficientsIn = (vector: Float64Array) => vector.subarray(2 * masses.length + 1);

function unpack(vector: Float64Array, sigma: number): RegularCoefficients {
  const [regularMass, singularMass, totalMass] = masses.map((_, i): Masses => {
    return { even: vector[2 * i] ** 2, odd: vector[2 * i + 1] ** 2 };
  });
  const square = vector[2 * masses.length] ** 2;
  return { sigma, regular: coefficientsIn(vector), square, regularMass, singularMass, totalMass };
}
