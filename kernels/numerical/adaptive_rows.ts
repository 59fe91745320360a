/** Hermite coefficients for the variances of a call, as many as a tolerance needs; those of whole octaves are kept from call to call. */
import { mapped, type Steps } from "../../lib/steps.ts";
import { FEWEST_POINTS, type Interpolant, interpolate, vectorsAt } from "./interpolation.ts";
import type { Source } from "./octave.ts";
import {
  coefficientsIn,
  completion,
  groupByOctave,
  HEADER,
  type Octave,
  packedCoefficients,
  type RowCoefficients,
  rowsOf,
} from "./rows.ts";
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
    prepare: () => prepare(lowest, highest),
    write: (variance, width, to, at) => write(Math.sqrt(variance), HEADER, Math.min(width, terms), to, at),
  };
}

/** Bytes that are kept for each dual of a function. */
const CAPACITY = 2 ** 25;
/** Octaves that take this many points are computed for the variances of a call alone. */
const MOST_POINTS = 192;

/** What is kept of octaves; nothing where the function cannot be averaged, or not interpolated, as far out as they reach. */
export interface WholeOctaves {
  /** The row of `terms` coefficients at the upper end of an octave. */
  readonly end: (octave: Octave, terms: number) => Steps<RowCoefficients | undefined>;
  /** `terms` coefficients and the masses over an octave. */
  readonly interpolant: (octave: Octave, terms: number) => Steps<Interpolant | undefined>;
}

/** Ends and interpolants, computed when first needed and dropped when those used since fill the capacity. */
export function wholeOctaves(source: Source, dual: Dual): WholeOctaves {
  const end = function* ({ exponent, active }: Octave, terms: number) {
    return (yield* rowsOf(source, dual, { variances: [4 ** (exponent + 1)], active }, terms, terms))[0];
  };
  const interpolant = ({ exponent, active }: Octave, terms: number) => {
    const compute = packedCoefficients(source, dual, active, terms);
    return interpolate(2 ** exponent, 2 ** (exponent + 1), compute, coefficientsIn, MOST_POINTS);
  };
  return {
    end: kept(end, ({ regular, singular }) => regular.byteLength + singular.byteLength),
    interpolant: kept(interpolant, ({ vectors }) => vectors.length * vectors[0].byteLength),
  };
}

/** `compute` with a memory of its results of `size` bytes, by octave and number of terms. */
function kept<T>(
  compute: (octave: Octave, terms: number) => Steps<T | undefined>,
  size: (value: T) => number,
) {
  const known = new Map<string, T | undefined>();
  const sizeOf = (value: T | undefined) => value === undefined ? 0 : size(value);
  let total = 0;
  return function* (octave: Octave, terms: number): Steps<T | undefined> {
    const key = `${octave.exponent} ${terms}`;
    const made = known.has(key) ? undefined : yield* attempt(compute(octave, terms));
    // Another call may have made it meanwhile.
    const found = known.has(key) ? known.get(key) : made;
    if (!known.delete(key)) total += sizeOf(found);
    known.set(key, found);
    // A Map keeps the order of insertion: the first is the least recently used.
    for (const [oldest, value] of known) {
      if (total <= CAPACITY) break;
      known.delete(oldest);
      total -= sizeOf(value);
    }
    return found;
  };
}

/** Nothing where the function fails further out than a call asks for: the call's own rows say so if they are concerned. */
function* attempt<T>(steps: Steps<T>): Steps<T | undefined> {
  try {
    return yield* steps;
  } catch {
    return undefined;
  }
}
