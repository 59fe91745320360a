/** Hermite coefficients at many standard deviations from those at a few: they are analytic in log σ. */

/** Chebyshev points of an octave: enough for functions with features up to 6 standard deviations out. */
const POINTS = 24;

/** `compute` at the standard deviations `sigmas`, ascending: directly if there are few, else through Chebyshev points. */
export function throughChebyshevPoints(
  sigmas: readonly number[],
  compute: (sigmas: readonly number[]) => Float64Array[],
): Float64Array[] {
  if (sigmas.length <= POINTS) return compute(sigmas);
  const lowest = sigmas[0];
  // Logarithms relative to the lowest, so that rows of almost equal variance are told apart.
  const position = (sigma: number) => Math.log1p((sigma - lowest) / lowest);
  const points = chebyshevPoints(position(sigmas[sigmas.length - 1]));
  const known = compute(points.map((x) => lowest * Math.exp(x)));
  return sigmas.map((sigma) => combine(known, barycentricWeights(points, position(sigma))));
}

function chebyshevPoints(length: number): number[] {
  return Array.from({ length: POINTS }, (_, j) => length * Math.sin(Math.PI * j / (2 * (POINTS - 1))) ** 2);
}

/** Barycentric interpolation at Chebyshev points of the second kind: weights ±1, half of that at both ends. */
function barycentricWeights(points: readonly number[], x: number): number[] {
  const hit = points.indexOf(x);
  if (hit >= 0) return points.map((_, j) => Number(j === hit));
  const weights = points.map((point, j) => {
    const end = j === 0 || j === POINTS - 1 ? 0.5 : 1;
    return (j % 2 ? -end : end) / (x - point);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function combine(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const combined = new Float64Array(vectors[0].length);
  weights.forEach((weight, j) => {
    const vector = vectors[j];
    for (let k = 0; k < combined.length; k++) combined[k] += weight * vector[k];
  });
  return combined;
}
