/** Hermite coefficients for the variances of a call, as many as a tolerance needs. */
import { mapped, type Steps } from "../../lib/steps.ts";
import { FEWEST_POINTS, type Interpolant, vectorsAt } from "./interpolation.ts";
import type { Source } from "./octave.ts";
import { completion, groupByOctave, HEADER, type Octave, type RowCoefficients, rowsOf } from "./rows.ts";
import { wholeOctaves } from "./whole_octaves.ts";
import { regularRemainder, remainders } from "./width.ts";
import type { Dual } from "./terms.ts";

/** The rows of an octave. */
export interface Block {
  /** The largest variance. */
  readonly highest: number;
  /** The rows themselves, or the interpolation points around them. */
  readonly samples: readonly Sample[];
  /** At least the first `width` coefficients of each row. */
  readonly rows: (width: number) => Steps<readonly RowCoefficients[]>;
  /** Makes what `write` needs. */
  readonly prepare: () => Steps<void>;
  /** Writes the first `width` regular coefficients of the row of a variance to `to[at]` … */
  readonly write: (variance: number, width: number, to: Float64Array, at: number) => void;
}

/** All coefficients that were computed for a standard deviation, and what fewer leave (`remainders`). */
export interface Sample {
  readonly row: RowCoefficients;
  readonly bounds: Float64Array;
}

/** Longest series: enough for tanh at variance 100. */
const MOST_TERMS = 8192;
const FEWEST_TERMS = 32;

/**
 * The coefficients for each of the distinct positive variances: so many that what remains is below `bound`, or 8192.
 *
 * An octave with more rows than the fewest interpolation points is interpolated as a whole and kept. The number of rows alone
 * decides that, so that no result depends on earlier calls.
 */
export function adaptiveRows(
  source: Source,
  dual: Dual,
  bound: number,
): (variances: Float64Array) => Steps<Block[]> {
  const whole = wholeOctaves(source, dual);
  const sample = (row: RowCoefficients) => ({ row, bounds: remainders(row, dual) });
  const samplesOf = remembered(dual, sample);
  const many = ({ variances }: Octave) => variances.length > FEWEST_POINTS;
  const largest = (octave: Octave) =>
    function* (terms: number): Steps<RowCoefficients> {
      const end = many(octave) && (yield* whole.end(octave, terms));
      if (end) return end;
      const last = { ...octave, variances: octave.variances.slice(-1) };
      return (yield* rowsOf(source, dual, last, terms, terms))[0];
    };
  const enough = (row: RowCoefficients) => remainders(row, dual)[row.regular.length] <= bound;
  // Another row's series may be longer: where this one is continued with zeros, its rest is multiplied by theirs.
  const silent = (row: RowCoefficients) => regularRemainder(row, dual) <= (bound / 20) ** 2;
  const blockOf = function* (octave: Octave, first: number, count: number): Steps<Block> {
    const terms = yield* pilot(largest(octave), silent, first, count);
    const found = many(octave) && (yield* whole.interpolant(octave, terms));
    if (found) return interpolatedBlock(found, dual, octave, terms, yield* samplesOf(found, octave, count));
    return computedBlock(yield* mapped(yield* rowsOf(source, dual, octave, terms, count), sample));
  };
  return function* (variances) {
    const octaves = groupByOctave(source, dual, variances);
    const pilots: number[] = [];
    for (const octave of octaves) {
      pilots.push(yield* pilot(largest(octave), enough, FEWEST_TERMS, MOST_TERMS));
    }
    const count = Math.max(...pilots);
    const blocks: Block[] = [];
    for (const [i, octave] of octaves.entries()) blocks.push(yield* blockOf(octave, pilots[i], count));
    return blocks;
  };
}

/** The points of an octave continued to `count` terms; kept, as the next call mostly has as many. */
function remembered(dual: Dual, sample: (row: RowCoefficients) => Sample) {
  const known = new WeakMap<Interpolant, { count: number; samples: readonly Sample[] }>();
  return function* (
    interpolant: Interpolant,
    { active }: Octave,
    count: number,
  ): Steps<readonly Sample[]> {
    const found = known.get(interpolant);
    if (found?.count === count) return found.samples;
    const complete = completion(dual, active, count);
    const { sigmas, vectors } = interpolant;
    const samples = yield* mapped(sigmas, (sigma, i) => sample(complete(vectors[i], sigma ** 2)));
    known.set(interpolant, { count, samples });
    return samples;
  };
}

/** The number of terms, doubled from `least`, that is `enough` for a row, but no more than `most`. */
function* pilot(
  row: (terms: number) => Steps<RowCoefficients>,
  enough: (row: RowCoefficients) => boolean,
  least: number,
  most: number,
): Steps<number> {
  for (let count = least; count < most; count *= 2) if (enough(yield* row(count))) return count;
  return most;
}

/** Of rows that were computed one by one, ascending. */
function computedBlock(samples: readonly Sample[]): Block {
  const rows = samples.map(({ row }) => row);
  const known = new Map(rows.map((row) => [row.variance, row.regular]));
  return {
    highest: rows[rows.length - 1].variance,
    samples,
    // deno-lint-ignore require-yield
    *rows() {
      return rows;
    },
    *prepare() {},
    write: (variance, width, to, at) => to.set(known.get(variance)!.subarray(0, width), at),
  };
}

function interpolatedBlock(
  interpolant: Interpolant,
  dual: Dual,
  { variances, active }: Octave,
  terms: number,
  samples: readonly Sample[],
): Block {
  const { sigmas, prepare, write } = interpolant;
  const [lowest, highest] = [variances[0], variances[variances.length - 1]].map(Math.sqrt);
  // From the last point below the rows to the first above them.
  const from = Math.max(0, sigmas.findLastIndex((sigma) => sigma <= lowest));
  const above = sigmas.findIndex((sigma) => sigma >= highest);
  const to = above < 0 ? sigmas.length : above + 1;
  const rows = function* (width: number) {
    const shortened = completion(dual, active, width);
    const length = HEADER + Math.min(width, terms);
    const vectors = yield* vectorsAt(interpolant, variances.map(Math.sqrt), length);
    return yield* mapped(vectors, (vector, i) => shortened(vector, variances[i]));
  };
  return {
    highest: variances[variances.length - 1],
    samples: samples.slice(from, to),
    rows,
    prepare: () => prepare(variances.map(Math.sqrt)),
    write: (variance, width, to, at) => write(Math.sqrt(variance), HEADER, Math.min(width, terms), to, at),
  };
}
