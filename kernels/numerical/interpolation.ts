/** Hermite coefficients at many standard deviations from those at a few: they are analytic in log σ. */

/** Chebyshev points to start with: enough for an octave of functions whose features lie near 0. */
const FEWEST_POINTS = 24;
/** Largest error of the checked part of a vector, relative to the length of the whole. */
const ACCURACY = 1e-11;

type Compute = (sigmas: readonly number[]) => Float64Array[];

/**
 * `compute` at the standard deviations `sigmas`, ascending: through Chebyshev points where they are fewer, doubled until the
 * `checked` parts of the vectors halfway between them agree (features far from 0 make coefficients of high degree oscillate).
 */
export function throughChebyshevPoints(
  sigmas: readonly number[],
  compute: Compute,
  checked: (vector: Float64Array) => Float64Array,
): Float64Array[] {
  const lowest = sigmas[0];
  // Logarithms relative to the lowest, so that rows of almost equal variance are told apart.
  const position = (sigma: number) => Math.log1p((sigma - lowest) / lowest);
  const length = position(sigmas[sigmas.length - 1]);
  const at = (positions: number[]) => compute(positions.map((x) => lowest * Math.exp(x)));
  for (let count = FEWEST_POINTS; count < sigmas.length; count *= 2) {
    const interpolate = interpolation(chebyshevPoints(length, count), at);
    // Coefficients oscillate in 1/σ, fastest at the lowest end; there Chebyshev points are dense, in the middle sparse.
    const halfway = [chebyshevPoint(length, count, 0.5), chebyshevPoint(length, count, count / 2)];
    const exact = at(halfway);
    if (
      halfway.every((x, i) =>
        distance(checked(interpolate(x)), checked(exact[i])) <= ACCURACY * norm(exact[i])
      )
    ) {
      return sigmas.map((sigma) => interpolate(position(sigma)));
    }
  }
  return compute(sigmas);
}

const chebyshevPoint = (length: number, count: number, j: number) =>
  length * Math.sin(Math.PI * j / (2 * (count - 1))) ** 2;

const chebyshevPoints = (length: number, count: number) =>
  Array.from({ length: count }, (_, j) => chebyshevPoint(length, count, j));

/** Barycentric interpolation at Chebyshev points of the second kind: weights ±1, half of that at both ends. */
function interpolation(points: readonly number[], at: (positions: number[]) => Float64Array[]) {
  const known = at([...points]);
  return (x: number): Float64Array => {
    const hit = points.indexOf(x);
    if (hit >= 0) return known[hit];
    const weights = points.map((point, j) => {
      const end = j === 0 || j === points.length - 1 ? 0.5 : 1;
      return (j % 2 ? -end : end) / (x - point);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return combine(known, weights.map((weight) => weight / sum));
  };
}

function combine(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const combined = new Float64Array(vectors[0].length);
  weights.forEach((weight, j) => {
    const vector = vectors[j];
    for (let k = 0; k < combined.length; k++) combined[k] += weight * vector[k];
  });
  return combined;
}

const norm = (a: Float64Array) => Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));

const distance = (a: Float64Array, b: Float64Array) => norm(a.map((value, k) => value - b[k]));
