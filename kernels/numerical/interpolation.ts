/** Hermite coefficients at many standard deviations from those at a few: they are analytic in log σ. */
import { forEach, type Steps } from "../../lib/steps.ts";

/** Chebyshev points to start with: enough for an octave of functions whose features lie near 0. */
export const FEWEST_POINTS = 24;
/** Largest error of the checked part of a vector, relative to the length of the whole. */
const ACCURACY = 1e-11;
/** An interval is cut into so many parts, since fewer points are enough for a part of it … */
export const PARTS = 8;
/** … and so many are tried first. */
export const PART_POINTS = 8;

/** So many numbers are interpolated in a step. */
const STEP_NUMBERS = 2 ** 16;

type Compute = (sigmas: readonly number[]) => Steps<Float64Array[]>;
type Checked = (vector: Float64Array) => Float64Array;

/** Vectors between two standard deviations. */
export interface Interpolant {
  /** The Chebyshev points, ascending, and the vectors there. */
  readonly sigmas: readonly number[];
  readonly vectors: readonly Float64Array[];
  /** Makes what `write` needs between two standard deviations, which may take long. */
  readonly prepare: (lowest: number, highest: number) => Steps<void>;
  /** Writes `length` numbers of the vector at `sigma`, from `first` on, to `to[at]` … */
  readonly write: (sigma: number, first: number, length: number, to: Float64Array, at: number) => void;
}

/** Ascending Chebyshev points, whose number is a multiple of 4, and the vectors there. */
interface Points {
  readonly positions: Float64Array;
  readonly vectors: readonly Float64Array[];
  /** Memory for the weights of a row */
  readonly weights: Float64Array;
}

/** `compute` at the standard deviations `sigmas`, ascending: through Chebyshev points where fewer of them suffice. */
export function* throughChebyshevPoints(
  sigmas: readonly number[],
  compute: Compute,
  checked: Checked,
): Steps<Float64Array[]> {
  const found = yield* interpolate(sigmas[0], sigmas[sigmas.length - 1], compute, checked, sigmas.length);
  return yield* found ? vectorsAt(found, sigmas, found.vectors[0].length) : compute(sigmas);
}

/** The first `length` numbers of the vector at each of `sigmas`, ascending. */
export function* vectorsAt(
  { prepare, write }: Pick<Interpolant, "prepare" | "write">,
  sigmas: readonly number[],
  length: number,
): Steps<Float64Array[]> {
  yield* prepare(sigmas[0], sigmas[sigmas.length - 1]);
  // One buffer for all: thousands of small ones would cost more than the sums.
  const all = new Float64Array(sigmas.length * length);
  const vectors: Float64Array[] = [];
  yield* forEach(sigmas.entries(), ([i, sigma]) => {
    write(sigma, 0, length, all, i * length);
    vectors.push(all.subarray(i * length, (i + 1) * length));
  }, Math.ceil(STEP_NUMBERS / length));
  return vectors;
}

/**
 * `compute` through Chebyshev points between two standard deviations, doubled until the `checked` parts of the vectors
 * halfway between them agree (features far from 0 make coefficients of high degree oscillate), or nothing if that takes
 * `most` or more.
 */
export function* interpolate(
  lowest: number,
  highest: number,
  compute: Compute,
  checked: Checked,
  most: number,
): Steps<Interpolant | undefined> {
  // Logarithms relative to the lowest, so that rows of almost equal variance are told apart.
  const position = (sigma: number) => Math.log1p((sigma - lowest) / lowest);
  const sigmas = (positions: Float64Array) => Array.from(positions, (x) => lowest * Math.exp(x));
  const end = position(highest);
  const whole = yield* sampled(
    0,
    end,
    (positions) => compute(sigmas(positions)),
    checked,
    FEWEST_POINTS,
    most,
  );
  if (!whole) return;
  const { positions, vectors } = whole;
  const inWhole = {
    *prepare() {},
    write: (x: number, ...place: Place) => combine(whole, x, ...place),
  };
  const again = (some: Float64Array) => vectorsAt(inWhole, [...some], vectors[0].length);
  // Computed when a row first lies there.
  const parts: Points[] = [];
  const part = function* (k: number): Steps<Points> {
    const [start, stop] = [k * end / PARTS, (k + 1) * end / PARTS];
    return (yield* sampled(start, stop, again, checked, PART_POINTS, vectors.length)) ?? whole;
  };
  const partAt = (x: number) => Math.max(0, Math.min(PARTS - 1, Math.floor(x / end * PARTS)));
  return {
    sigmas: sigmas(positions),
    vectors,
    *prepare(lowest, highest) {
      const last = partAt(position(highest));
      for (let k = partAt(position(lowest)); k <= last; k++) parts[k] ??= yield* part(k);
    },
    write(sigma, ...place) {
      const x = position(sigma);
      combine(parts[partAt(x)], x, ...place);
    },
  };
}

/** Where numbers of a vector are written to: `first`, `length`, `to` and `at` of `Interpolant.write`. */
type Place = [first: number, length: number, to: Float64Array, at: number];

/** `compute` at Chebyshev points between two positions, less than `most` that agree halfway between them. */
function* sampled(
  start: number,
  end: number,
  compute: (positions: Float64Array) => Steps<Float64Array[]>,
  checked: Checked,
  fewest: number,
  most: number,
): Steps<Points | undefined> {
  for (let count = fewest; count < most; count *= 2) {
    const point = (j: number) => start + (end - start) * Math.sin(Math.PI * j / (2 * (count - 1))) ** 2;
    const positions = Float64Array.from({ length: count }, (_, j) => point(j));
    const found = { positions, vectors: yield* compute(positions), weights: new Float64Array(count) };
    // Coefficients oscillate in 1/σ, fastest at the lowest end; there Chebyshev points are dense, in the middle sparse.
    const halfway = Float64Array.of(point(0.5), point((count - 1) / 2));
    const agrees = (exact: Float64Array, i: number) => {
      const vector = new Float64Array(exact.length);
      combine(found, halfway[i], 0, exact.length, vector, 0);
      return distance(checked(vector), checked(exact)) <= ACCURACY * norm(exact);
    };
    if ((yield* compute(halfway)).every(agrees)) return found;
  }
}

/** Barycentric interpolation to the position x, four vectors at a time so that each sum is read and written less often. */
function combine(
  points: Points,
  x: number,
  first: number,
  length: number,
  to: Float64Array,
  at: number,
): void {
  setWeights(points, x);
  const { vectors, weights } = points;
  to.fill(0, at, at + length);
  for (let j = 0; j < weights.length; j += 4) {
    const [a, b, c, d] = [vectors[j], vectors[j + 1], vectors[j + 2], vectors[j + 3]];
    const [s, t, u, v] = [weights[j], weights[j + 1], weights[j + 2], weights[j + 3]];
    for (let k = 0, i = first; k < length; k++, i++) {
      to[at + k] += (s * a[i] + t * b[i]) + (u * c[i] + v * d[i]);
    }
  }
}

/** Chebyshev points of the second kind: weights ±1, half of that at both ends, over x − point, with a sum of 1. */
function setWeights({ positions, weights }: Points, x: number): void {
  const last = positions.length - 1;
  let sum = 0;
  for (let j = 0; j <= last; j++) {
    const difference = x - positions[j];
    if (difference === 0) {
      weights.fill(0)[j] = 1;
      return;
    }
    const end = j === 0 || j === last ? 0.5 : 1;
    weights[j] = (j % 2 ? -end : end) / difference;
    sum += weights[j];
  }
  for (let j = 0; j <= last; j++) weights[j] /= sum;
}

const norm = (a: Float64Array) => Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));

const distance = (a: Float64Array, b: Float64Array) => norm(a.map((value, k) => value - b[k]));
