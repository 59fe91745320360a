/** Coefficients of a function of a standard normal variable in the normalised Hermite polynomials. */
import { rootDensity } from "./mesh.ts";

/** The even and odd parts of a function at the points of a mesh: (f(x) ± f(−x))/2. */
export interface Parts {
  readonly even: Float64Array;
  readonly odd: Float64Array;
}

/** What the even and the odd part contribute to a square norm. */
export interface Masses {
  readonly even: number;
  readonly odd: number;
}

/** Points x > 0 and weights of a mesh. */
export interface Rule {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

/** The parts of `f` at `points`. */
export function partsOf(f: (x: number) => number, points: Float64Array): Parts {
  const [right, left] = [points.map(f), points.map((x) => f(-x))];
  return {
    even: right.map((value, i) => (value + left[i]) / 2),
    odd: right.map((value, i) => (value - left[i]) / 2),
  };
}

/** The variance of f(σz), as the masses of its even part (less its mean) and of its odd part. */
export function massesOf({ even, odd }: Parts, rule: Rule, sigma: number): Masses {
  const mean = dot(even, gaussianWeights(rule, sigma));
  const roots = rootWeights(rule, sigma);
  const squares = (part: Float64Array, center: number) =>
    part.reduce((sum, value, i) => sum + (roots[i] * (value - center)) ** 2, 0);
  return { even: squares(even, mean), odd: squares(odd, 0) };
}

/** E[f(σz)²] */
export function secondMoment({ even, odd }: Parts, rule: Rule, sigma: number): number {
  return rootWeights(rule, sigma).reduce(
    (sum, root, i) => sum + (root * even[i]) ** 2 + (root * odd[i]) ** 2,
    0,
  );
}

/** The roots of weights, which neither underflow where these do nor let squares of f overflow. */
function rootWeights({ points, weights }: Rule, sigma: number): Float64Array {
  return points.map((x, i) => Math.sqrt(2 * weights[i] / sigma) * rootDensity(x / sigma));
}

/** Weights of E over |x| for x ~ N(0, σ²). */
function gaussianWeights({ points, weights }: Rule, sigma: number): Float64Array {
  return points.map((x, i) => 2 * weights[i] / sigma * rootDensity(x / sigma) ** 2);
}

/**
 * aₖ(σ) = E[f(σz) hₖ(z)], k = 0 … `count` − 1, with hₖ = Heₖ/√k!.
 *
 * The Hermite functions ψₖ = hₖ√φ obey ψₖ₊₁ = (z ψₖ − √k ψₖ₋₁)/√(k + 1), stably upwards wherever f√φ is not negligible.
 * Even k only see the even part and odd k the odd part.
 */
export function hermiteCoefficients(parts: Parts, rule: Rule, sigma: number, count: number): Float64Array {
  const z = rule.points.map((x) => x / sigma);
  const roots = z.map(rootDensity);
  const mean = dot(parts.even, gaussianWeights(rule, sigma));
  const weigh = (part: Float64Array, center: number) =>
    part.map((value, i) => 2 * (value - center) * roots[i] * rule.weights[i] / sigma);
  // Less its mean: its other coefficients are the same, and lose nothing to a large constant.
  const weighted = [weigh(parts.even, mean), weigh(parts.odd, 0)];
  const coefficients = new Float64Array(count);
  let previous = new Float64Array(z.length);
  let current = roots;
  for (let k = 0; k < count; k++) {
    coefficients[k] = dot(current, weighted[k % 2]);
    advance(previous, current, z, k);
    [previous, current] = [current, previous];
  }
  coefficients[0] += mean;
  return coefficients;
}

/** Turns ψₖ₋₁ into ψₖ₊₁. */
function advance(previous: Float64Array, current: Float64Array, z: Float64Array, k: number): void {
  const up = 1 / Math.sqrt(k + 1);
  const back = Math.sqrt(k) * up;
  for (let i = 0; i < z.length; i++) previous[i] = z[i] * current[i] * up - previous[i] * back;
}

/** Four partial sums, so that additions do not wait for each other. */
function dot(a: Float64Array, b: Float64Array): number {
  let [s, t, u, v] = [0, 0, 0, 0];
  // Meshes have a multiple of 16 points.
  for (let i = 0; i < a.length; i += 4) {
    s += a[i] * b[i];
    t += a[i + 1] * b[i + 1];
    u += a[i + 2] * b[i + 2];
    v += a[i + 3] * b[i + 3];
  }
  return (s + t) + (u + v);
}
