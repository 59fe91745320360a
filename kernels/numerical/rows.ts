/** Hermite coefficients for the variances of a call, as many as a tolerance needs. */
import { exponentOf } from "../../lib/expr/ops.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { throughChebyshevPoints } from "./interpolation.ts";
import { type Dual, octaveCoefficients, type RegularCoefficients, type Source } from "./octave.ts";
import { activeAt, slopesOf, type Term } from "./singular.ts";
import { singularCoefficients } from "./singular_coefficients.ts";
import { regularRemainder, remainders } from "./width.ts";

/** Coefficients for one standard deviation of a function (or its slope) less its singular part, and of that part. */
export interface RowCoefficients extends RegularCoefficients {
  readonly variance: number;
  /** As many as `regular`; empty where there is no singular part. */
  readonly singular: Float64Array;
}

/** Distinct variances in [4ᵉ, 4ᵉ⁺¹), ascending, and the singular terms that are subtracted there. */
interface Octave {
  readonly variances: readonly number[];
  readonly active: readonly Term[];
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
  const octaves = groupByOctave(source, variances);
  const enough = (row: RowCoefficients) => remainders(row, dual)[row.regular.length] <= bound;
  const pilots = octaves.map((octave) => pilot(source, dual, octave, enough, FEWEST_TERMS, MOST_TERMS));
  const count = Math.max(...pilots);
  // Another row's series may be longer: where this one is continued with zeros, its rest is multiplied by theirs.
  const silent = (row: RowCoefficients) => regularRemainder(row, dual) <= (bound / 20) ** 2;
  return octaves.flatMap((octave, i) => {
    const terms = pilot(source, dual, octave, silent, pilots[i], count);
    return rowsOf(source, dual, octave, terms, count);
  });
}

/** The first `count` coefficients for each of the distinct positive `variances`. */
export function fixedRows(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  count: number,
): RowCoefficients[] {
  return groupByOctave(source, variances).flatMap((octave) => rowsOf(source, dual, octave, count, count));
}

function groupByOctave({ terms }: Source, variances: Float64Array): Octave[] {
  const octaves = new Map<number, number[]>();
  for (const variance of [...new Set(variances)].filter((v) => v > 0).sort((a, b) => a - b)) {
    const octave = exponentOf(variance) >> 1;
    if (!octaves.has(octave)) octaves.set(octave, []);
    octaves.get(octave)!.push(variance);
  }
  // The ranges of terms end at powers of 4, so that the first variance speaks for all.
  return [...octaves.values()].map((some) => ({ variances: some, active: activeAt(terms, some[0]) }));
}

/** The number of terms, doubled from `least`, that is `enough` for the largest variance, but no more than `most`. */
function pilot(
  source: Source,
  dual: Dual,
  { variances, active }: Octave,
  enough: (row: RowCoefficients) => boolean,
  least: number,
  most: number,
): number {
  const largest = { variances: variances.slice(-1), active };
  for (let count = least; count < most; count *= 2) {
    if (rowsOf(source, dual, largest, count, count).every(enough)) return count;
  }
  return most;
}

/** `count` coefficients of both parts: the regular ones computed for k < `terms` and continued with zeros. */
function rowsOf(
  source: Source,
  dual: Dual,
  { variances, active }: Octave,
  terms: number,
  count: number,
): RowCoefficients[] {
  const compute = (some: readonly number[]) =>
    octaveCoefficients(source, dual, active, some, terms).map(pack);
  const vectors = throughChebyshevPoints(variances.map(Math.sqrt), compute, coefficientsIn);
  const singularTerms = dual === "nngp" ? active : slopesOf(active);
  return vectors.map((vector, i) => {
    const row = unpack(vector, Math.sqrt(variances[i]));
    const regular = new Float64Array(count);
    regular.set(row.regular);
    const length = singularTerms.length > 0 ? count : 0;
    const singular = singularCoefficients(singularTerms, row.sigma, length);
    return { ...row, variance: variances[i], regular, singular };
  });
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
