/** Tables of Hermite coefficients wide enough for a tolerance. */
import { radialCoefficients, type Table, type TableValues } from "../../lib/expr/table.ts";
import { forEach, inRanges, type Steps } from "../../lib/steps.ts";
import { adaptiveRows, type Block } from "./adaptive_rows.ts";
import type { Masses } from "./hermite_coefficients.ts";
import { slopeAtZero } from "./jumps.ts";
import { type Source, termsFor } from "./octave.ts";
import type { RowCoefficients } from "./rows.ts";
import { type Dual, singularPart, slopesOf } from "./terms.ts";
import { cancellation, restOf, roughness, unresolved, widthFor } from "./width.ts";

/** The coefficients of a function, or of its derivative, and those of its singular part if it has one. */
export interface SeriesTables {
  readonly total: Table;
  readonly singular?: Table;
}

interface SeriesValues {
  readonly total: TableValues;
  readonly singular?: TableValues;
}

/** Tables of the coefficients that `dual` needs, reaching `tolerance` unless that takes more than 8192 terms. */
export function adaptiveTables(source: Source, dual: Dual, tolerance: number): SeriesTables {
  // Half of it for each of the two points of a pair, whose remainders may add up.
  const blocks = adaptiveRows(source, dual, tolerance / 2);
  // Both tables are asked for the same column of variances, one right after the other.
  const computed = new WeakMap<Float64Array, SeriesValues>();
  const values = function* (variances: Float64Array): Steps<SeriesValues> {
    const known = computed.get(variances) ??
      (yield* computeTables(source, dual, tolerance, variances, yield* blocks(variances)));
    computed.set(variances, known);
    return known;
  };
  const part = (name: "total" | "singular", label: string): Table => ({
    label,
    *compute(variances) {
      return (yield* values(variances))[name]!;
    },
  });
  const label = `Hermite coefficients for ${dual}`;
  const total = part("total", label);
  if (termsFor(source, dual).length === 0) return { total };
  return { total, singular: part("singular", `${label}, singular part`) };
}

function* computeTables(
  source: Source,
  dual: Dual,
  tolerance: number,
  variances: Float64Array,
  blocks: readonly Block[],
): Steps<SeriesValues> {
  const samples = blocks.flatMap((block) => block.samples);
  const width = samples.reduce((max, { bounds }) => Math.max(max, widthFor(bounds, tolerance / 2)), 1);
  const left = 2 *
    samples.reduce((max, { bounds }) => Math.max(max, bounds[Math.min(width, bounds.length - 1)]), 0);
  const largest = { cancellation: 0, unresolved: 0, roughness: 0 };
  yield* forEach(samples, ({ row }) => {
    largest.cancellation = Math.max(largest.cancellation, cancellation(row, dual));
    largest.unresolved = Math.max(largest.unresolved, unresolved(row, dual));
    largest.roughness = Math.max(largest.roughness, roughness(row, dual));
  }, rowsOfStep(width));
  const error = left + Number.EPSILON * largest.cancellation + largest.unresolved;
  const reached = { error, cancellation: largest.cancellation, roughness: largest.roughness };
  const zero = atZero(source, dual);
  if (left <= tolerance && termsFor(source, dual).length === 0) {
    return { total: { ...yield* regularTable(variances, blocks, width, zero.total), ...reached } };
  }
  const rows: (readonly RowCoefficients[])[] = [];
  // Two more than are summed, for their derivatives.
  for (const block of blocks) rows.push(yield* block.rows(width + 2));
  const cutOff = left > tolerance;
  const size = cutOff ? width + 2 : width;
  const layOut = function* (
    value: number,
    coefficients: (row: RowCoefficients) => Float64Array,
    mass: (row: RowCoefficients) => Masses,
  ): Steps<TableValues> {
    const of = (valueAtZero: number, row: (row: RowCoefficients) => Float64Array) =>
      table(variances, rows.flat(), size, error, valueAtZero, row);
    const values = yield* of(value, (row) => {
      const kept = coefficients(row).subarray(0, width);
      return cutOff ? closed(kept, mass(row), width) : kept;
    });
    const radial = function* () {
      return (yield* of(0, (row) => radialCoefficients(coefficients(row), width))).coefficients;
    };
    return { ...values, ...reached, radial };
  };
  return {
    total: yield* layOut(zero.total, totalOf, (row) => row.totalMass),
    singular: yield* layOut(zero.singular, (row) => row.singular, (row) => row.singularMass),
  };
}

/** The table of a function without a singular part, row by row into its place. */
function* regularTable(
  variances: Float64Array,
  blocks: readonly Block[],
  width: number,
  valueAtZero: number,
): Steps<Pick<TableValues, "coefficients" | "width">> {
  const coefficients = new Float64Array(variances.length * width);
  for (const block of blocks) yield* block.prepare();
  const values = { coefficients, width };
  const rows = rowsOfStep(width);
  yield* inRanges(
    variances.length,
    rows,
    (...range) => writeRows(values, variances, blocks, valueAtZero, ...range),
  );
  return values;
}

/** Rows `start` to `end` − 1 of a table. */
function writeRows(
  { coefficients, width }: Pick<TableValues, "coefficients" | "width">,
  variances: Float64Array,
  blocks: readonly Block[],
  valueAtZero: number,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const variance = variances[i];
    if (variance > 0) blockOf(blocks, variance).write(variance, width, coefficients, i * width);
    else coefficients[i * width] = valueAtZero;
  }
}

/** Coefficients that are interpolated or copied in a step. */
const STEP_NUMBERS = 2 ** 17;

/** Rows of so many coefficients that take a few milliseconds. */
const rowsOfStep = (width: number) => Math.ceil(STEP_NUMBERS / width);

/** The block of a positive variance; they ascend. */
function blockOf(blocks: readonly Block[], variance: number): Block {
  let k = 0;
  while (blocks[k].highest < variance) k++;
  return blocks[k];
}

/** The coefficients of the whole function. */
export function totalOf({ regular, singular }: RowCoefficients): Float64Array {
  return singular.length > 0 ? regular.map((value, k) => value + singular[k]) : regular;
}

/** A table with a row for each of `variances`; rows of variance 0 have one coefficient. */
export function* table(
  variances: Float64Array,
  rows: readonly RowCoefficients[],
  width: number,
  error: number,
  valueAtZero: number,
  coefficients: (row: RowCoefficients) => Float64Array,
): Steps<TableValues> {
  const byVariance = new Map(rows.map((row) => [row.variance, row]));
  const values = new Float64Array(variances.length * width);
  yield* inRanges(variances.length, rowsOfStep(width), (start, end) => {
    for (let i = start; i < end; i++) {
      const row = byVariance.get(variances[i]);
      if (row) values.set(coefficients(row), i * width);
      else values[i * width] = valueAtZero;
    }
  });
  return { coefficients: values, width, error };
}

/**
 * The coefficients of a series that had to be cut off, with the mass of the rest put on the next two, so that correlations of
 * 1 and −1 stay exact.
 */
export function closed(kept: Float64Array, mass: Masses, width: number): Float64Array {
  const rest = restOf(mass, kept);
  const row = new Float64Array(width + 2);
  row.set(kept);
  row[width + width % 2] = Math.sqrt(rest.even);
  row[width + 1 - width % 2] = Math.sqrt(rest.odd);
  return row;
}

/** The function, or its mean slope, and its singular part at variance 0. */
export function atZero(source: Source, dual: Dual): { total: number; singular: number } {
  const { f } = source;
  const active = termsFor(source, dual).filter(({ from }) => from === 0);
  if (dual === "nngp") return { total: f(0), singular: singularPart(active, 0) };
  return { total: slopeAtZero(f), singular: singularPart(slopesOf(active), 0) };
}
