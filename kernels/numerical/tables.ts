/** Tables of Hermite coefficients wide enough for a tolerance. */
import { exponentOf } from "../../lib/expr/ops.ts";
import type { Table, TableValues } from "../../lib/expr/table.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { throughChebyshevPoints } from "./interpolation.ts";
import { slopeAtZero } from "./kinks.ts";
import { type Dual, octaveCoefficients, type RowCoefficients, singularPart, type Source } from "./octave.ts";
import { remainders, restOf, widthFor } from "./width.ts";

/** Longest series: enough for tanh at variance 100. */
export const MOST_TERMS = 8192;

/** The coefficients of a function (or its derivative) and of its singular part, for the same rows and terms. */
export interface TablePair {
  readonly total: Table;
  readonly singular: Table;
}

interface PairValues {
  readonly total: TableValues;
  readonly singular: TableValues;
}

/** Tables of the coefficients that `dual` needs, reaching `tolerance` unless that takes more than 8192 terms. */
export function adaptiveTables(source: Source, dual: Dual, tolerance: number): TablePair {
  // Both tables are asked for the same column of variances, one right after the other.
  const latest = new WeakMap<Float64Array, PairValues>();
  const values = (variances: Float64Array) => {
    const known = latest.get(variances) ?? computePair(source, dual, tolerance, variances);
    latest.set(variances, known);
    return known;
  };
  const label = `Hermite coefficients of ${dual}`;
  return {
    total: { label, compute: (variances) => values(variances).total },
    singular: { label: `${label}, singular part`, compute: (variances) => values(variances).singular },
  };
}

function computePair(source: Source, dual: Dual, tolerance: number, variances: Float64Array): PairValues {
  const octaves = groupByOctave(variances);
  // Half of it for each of the two points of a pair, whose remainders may add up.
  const bound = tolerance / 2;
  const pilots = octaves.map((sigmas) => pilot(source, dual, sigmas, bound));
  const count = Math.max(1, ...pilots);
  const rows = octaves.flatMap((sigmas, i) => {
    const enough = source.terms.length > 0 ? count : pilot(source, dual, sigmas, SILENT, pilots[i], count);
    return coefficientsOf(source, dual, sigmas, enough);
  });
  const bounds = rows.map((row) => remainders(row, dual));
  const width = bounds.reduce((max, row) => Math.max(max, widthFor(row, bound)), 1);
  const error = 2 * bounds.reduce((max, row) => Math.max(max, row[Math.min(width, row.length - 1)]), 0);
  return layOut(source, dual, variances, rows, width, error, error > tolerance);
}

/** Coefficients that leave less than this need no successors, whatever the other points of the call need. */
const SILENT = 1e-20;

/** The power of two that suffices for the largest standard deviation of an octave, no more than `most`. */
function pilot(
  source: Source,
  dual: Dual,
  sigmas: readonly number[],
  bound: number,
  least = 32,
  most = MOST_TERMS,
): number {
  for (let count = least; count < most; count *= 2) {
    const [row] = octaveCoefficients(source, dual, sigmas.slice(-1), count);
    if (remainders(row, dual)[count] <= bound) return count;
  }
  return most;
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

function coefficientsOf(source: Source, dual: Dual, sigmas: readonly number[], count: number): RowCoefficients[] {
  const compute = (some: readonly number[]) => octaveCoefficients(source, dual, some, count).map(pack);
  return throughChebyshevPoints(sigmas, compute).map((vector, i) => unpack(vector, sigmas[i], count));
}

const masses = ["regularMass", "singularMass", "totalMass"] as const;

function pack(row: RowCoefficients): Float64Array {
  const numbers = [...masses.flatMap((name) => [row[name].even, row[name].odd]), row.square];
  const vector = new Float64Array(row.regular.length + row.singular.length + numbers.length);
  vector.set(numbers);
  vector.set(row.regular, numbers.length);
  vector.set(row.singular, numbers.length + row.regular.length);
  return vector;
}

function unpack(vector: Float64Array, sigma: number, count: number): RowCoefficients {
  const [regularMass, singularMass, totalMass] = masses.map((_, i): Masses => {
    return { even: vector[2 * i], odd: vector[2 * i + 1] };
  });
  const [square, start] = [vector[6], 7];
  const [regular, singular] = [vector.subarray(start, start + count), vector.subarray(start + count)];
  return { sigma, regular, singular, square, regularMass, singularMass, totalMass };
}

/** Both tables, a row for each of `variances`. */
function layOut(
  source: Source,
  dual: Dual,
  variances: Float64Array,
  rows: readonly RowCoefficients[],
  width: number,
  error: number,
  closed: boolean,
): PairValues {
  const bySigma = new Map(rows.map((row) => [row.sigma, row]));
  const stride = closed ? width + 2 : width;
  const total = new Float64Array(variances.length * stride);
  const singular = new Float64Array(total.length);
  variances.forEach((variance, i) => {
    const row = bySigma.get(Math.sqrt(variance));
    if (!row) {
      [total[i * stride], singular[i * stride]] = atZero(source, dual);
      return;
    }
    const sum = row.regular.map((value, k) => value + (row.singular[k] ?? 0));
    total.set(ended(sum, row.totalMass, width, closed), i * stride);
    singular.set(ended(row.singular, row.singularMass, width, closed), i * stride);
  });
  return {
    total: { coefficients: total, width: stride, error },
    singular: { coefficients: singular, width: stride, error },
  };
}

/**
 * The first coefficients; where the series had to be cut off, with the mass of the rest put on the next two, so that
 * correlations of 1 and −1 stay exact.
 */
function ended(coefficients: Float64Array, mass: Masses, width: number, closed: boolean): Float64Array {
  const kept = coefficients.subarray(0, width);
  if (!closed) return kept;
  const rest = restOf(mass, kept);
  const pair = [Math.sqrt(rest.even), Math.sqrt(rest.odd)];
  return Float64Array.of(...kept, ...(width % 2 ? pair.reverse() : pair));
}

/** The function (or its mean slope) and its singular part at variance 0. */
function atZero({ f, terms }: Source, dual: Dual): [number, number] {
  const unconditional = terms.filter(({ from }) => from === 0);
  if (dual === "nngp") return [f(0), singularPart(unconditional, 0)];
  return [slopeAtZero(f), singularPart(unconditional.filter(({ order }) => order > 0), 0, 1)];
}
