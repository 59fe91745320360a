/** Hermite coefficients at many standard deviations from those at a few: they are analytic in log σ. */

/** Chebyshev points to start with: enough for an octave of functions whose features lie near 0. */
export const FEWEST_POINTS = 24;
/** Largest error of the checked part of a vector, relative to the length of the whole. */
const ACCURACY = 1e-11;

type Compute = (sigmas: readonly number[]) => Float64Array[];

/** Vectors between two standard deviations. */
export interface Interpolant {
  /** The Chebyshev points, ascending, and the vectors there. */
  readonly sigmas: readonly number[];
  readonly vectors: readonly Float64Array[];
  /** The first `length` numbers of the vector at each of `sigmas`. */
  readonly at: (sigmas: readonly number[], length: number) => Float64Array[];
}

/** `compute` at the standard deviations `sigmas`, ascending: through Chebyshev points where fewer of them suffice. */
export function throughChebyshevPoints(
  sigmas: readonly number[],
  compute: Compute,
  checked: (vector: Float64Array) => Float64Array,
): Float64Array[] {
  const found = interpolate(sigmas[0], sigmas[sigmas.length - 1], compute, checked, sigmas.length);
  return found ? found.at(sigmas, found.vectors[0].length) : compute(sigmas);
}

/**
 * `compute` through Chebyshev points between two standard deviations, doubled until the `checked` parts of the vectors
 * halfway between them agree (features far from 0 make coefficients of high degree oscillate), or nothing if that takes
 * `most` or more.
 */
export function interpolate(
  lowest: number,
  highest: number,
  compute: Compute,
  checked: (vector: Float64Array) => Float64Array,
  most: number,
): Interpolant | undefined {
  // Logarithms relative to the lowest, so that rows of almost equal variance are told apart.
  const position = (sigma: number) => Math.log1p((sigma - lowest) / lowest);
  const sigmaAt = (x: number) => lowest * Math.exp(x);
  const length = position(highest);
  for (let count = FEWEST_POINTS; count < most; count *= 2) {
    const points = Float64Array.from({ length: count }, (_, j) => chebyshevPoint(length, count, j));
    const sigmas = Array.from(points, sigmaAt);
    const vectors = compute(sigmas);
    // Coefficients oscillate in 1/σ, fastest at the lowest end; there Chebyshev points are dense, in the middle sparse.
    const halfway = [chebyshevPoint(length, count, 0.5), chebyshevPoint(length, count, count / 2)];
    const exact = compute(halfway.map(sigmaAt));
    const found = combine(points, vectors, halfway, exact[0].length);
    const agrees = (vector: Float64Array, i: number) =>
      distance(checked(found[i]), checked(vector)) <= ACCURACY * norm(vector);
    if (exact.every(agrees)) {
      return { sigmas, vectors, at: (some, width) => combine(points, vectors, some.map(position), width) };
    }
  }
}

const chebyshevPoint = (length: number, count: number, j: number) =>
  length * Math.sin(Math.PI * j / (2 * (count - 1))) ** 2;

/** Barycentric interpolation of the first `length` numbers of `vectors`, known at Chebyshev points, to `positions`. */
function combine(
  points: Float64Array,
  vectors: readonly Float64Array[],
  positions: readonly number[],
  length: number,
): Float64Array[] {
  // One buffer for all: thousands of small ones would cost more than the sums.
  const combined = new Float64Array(positions.length * length);
  const weights = new Float64Array(points.length);
  return positions.map((x, i) => {
    const row = combined.subarray(i * length, (i + 1) * length);
    const hit = barycentricWeights(points, x, weights);
    if (hit >= 0) row.set(vectors[hit].subarray(0, length));
    else accumulate(row, vectors, weights);
    return row;
  });
}

/** Σ weightⱼ vectorⱼ, four at a time so that each sum is read and written less often: their number is a multiple of 24. */
function accumulate(row: Float64Array, vectors: readonly Float64Array[], weights: Float64Array): void {
  for (let j = 0; j < weights.length; j += 4) {
    const [a, b, c, d] = [vectors[j], vectors[j + 1], vectors[j + 2], vectors[j + 3]];
    const [s, t, u, v] = [weights[j], weights[j + 1], weights[j + 2], weights[j + 3]];
    for (let k = 0; k < row.length; k++) row[k] += (s * a[k] + t * b[k]) + (u * c[k] + v * d[k]);
  }
}

/**
 * Chebyshev points of the second kind: weights ±1, half of that at both ends, over x − point, with a sum of 1. Answers with
 * the point that x is, or −1.
 */
function barycentricWeights(points: Float64Array, x: number, weights: Float64Array): number {
  const last = points.length - 1;
  let sum = 0;
  for (let j = 0; j <= last; j++) {
    const difference = x - points[j];
    if (difference === 0) return j;
    const end = j === 0 || j === last ? 0.5 : 1;
    weights[j] = (j % 2 ? -end : end) / difference;
    sum += weights[j];
  }
  for (let j = 0; j <= last; j++) weights[j] /= sum;
  return -1;
}

const norm = (a: Float64Array) => Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));

const distance = (a: Float64Array, b: Float64Array) => norm(a.map((value, k) => value - b[k]));
