/** Tables of Hermite coefficients wide enough for a tolerance. */
import { exponentOf } from "../../lib/expr/ops.ts";
import type { Table, TableValues } from "../../lib/expr/table.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { throughChebyshevPoints } from "./interpolation.ts";
import { slopeAtZero } from "./kinks.ts";
import { type Dual, octaveCoefficients, type RowCoefficients, singularPart, type Source } from "./octave.ts";
import { remainders, restOf, widthFor } from "./width.ts";

/** Longest series: enough for tanh at variance 100. */
export const MOST_TERMS = 6144;

/** The coefficients of a function (or its derivative) and of its singular part, for the same rows and terms. */
export interface TablePair {
  readonly total: Table;
  readonly singular: Table;
}

interface PairValues {
  readonly total: TableValues;
  readonly singular: TableValues;
}

/** Tables of the coefficients that `dual` needs, reaching `tolerance` unless that takes more than 6144 terms. */
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
  let count = 16;
  let rows: RowCoefficients[];
  let bounds: Float64Array[];
  do {
    count = Math.min(2 * count, MOST_TERMS);
    rows = octaves.flatMap((sigmas) => coefficientsOf(source, dual, sigmas, count));
    bounds = rows.map((row) => remainders(row, dual));
  } while (count < MOST_TERMS && bounds.some((row) => row[count] > bound));
  const width = bounds.reduce((max, row) => Math.max(max, widthFor(row, bound)), 1);
  const error = 2 * bounds.reduce((max, row) => Math.max(max, row[width]), 0);
  return layOut(source, dual, variances, rows, width, error, error > tolerance);
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

const masses = ["valueMass", "regularMass", "singularMass", "totalMass"] as const;

function pack(row: RowCoefficients): Float64Array {
  return Float64Array.of(...row.regular, ...row.singular, ...masses.flatMap((name) => [row[name].even, row[name].odd]));
}

function unpack(vector: Float64Array, sigma: number, count: number): RowCoefficients {
  const mass = (i: number): Masses => ({ even: vector[2 * count + 2 * i], odd: vector[2 * count + 2 * i + 1] });
  const [valueMass, regularMass, singularMass, totalMass] = masses.map((_, i) => mass(i));
  const [regular, singular] = [vector.subarray(0, count), vector.subarray(count, 2 * count)];
  return { sigma, regular, singular, valueMass, regularMass, singularMass, totalMass };
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
    const sum = row.regular.map((value, k) => value + row.singular[k]);
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
