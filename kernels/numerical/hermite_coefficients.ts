/** Coefficients of a function of a standard normal variable in the normalised Hermite polynomials. */
import { inRanges, type Steps } from "../../lib/steps.ts";
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

/** A function is called at so many points in a step. */
const STEP_POINTS = 2 ** 13;

/** Products of a polynomial and a function that are summed in a step. */
const STEP_PRODUCTS = 2 ** 20;

/** The parts of `f` at `points`. */
export function* partsOf(f: (x: number) => number, points: Float64Array): Steps<Parts> {
  const [right, left] = [new Float64Array(points.length), new Float64Array(points.length)];
  yield* inRanges(points.length, STEP_POINTS, (start, end) => {
    for (let i = start; i < end; i++) {
      right[i] = f(points[i]);
      left[i] = f(-points[i]);
    }
  });
  return {
    even: right.map((value, i) => (value + left[i]) / 2),
    odd: right.map((value, i) => (value - left[i]) / 2),
  };
}

/** What a rule is for one standard deviation. */
export interface Weights {
  /** x/σ */
  readonly z: Float64Array;
  /** √φ(z) */
  readonly densities: Float64Array;
  /** For ∫ dz over both signs of z */
  readonly lengths: Float64Array;
  /** For E over |x|: the densities and lengths together */
  readonly gaussian: Float64Array;
  /** The roots of these, which neither underflow where these do nor let squares of f overflow */
  readonly roots: Float64Array;
}

/** The rule for x ~ N(0, σ²). */
export function weightsFor({ points, weights }: Rule, sigma: number): Weights {
  const z = points.map((x) => x / sigma);
  const densities = z.map(rootDensity);
  const lengths = weights.map((weight) => 2 * weight / sigma);
  const gaussian = lengths.map((length, i) => length * densities[i] ** 2);
  return {
    z,
    densities,
    lengths,
    gaussian,
    roots: lengths.map((length, i) => Math.sqrt(length) * densities[i]),
  };
}

/** The variance of f(σz), as the masses of its even part (less its mean) and of its odd part. */
export function massesOf({ even, odd }: Parts, { gaussian, roots }: Weights): Masses {
  return { even: squares(even, roots, dot(even, gaussian)), odd: squares(odd, roots, 0) };
}

/** E[f(σz)²] */
export const secondMoment = ({ even, odd }: Parts, { roots }: Weights): number =>
  squares(even, roots, 0) + squares(odd, roots, 0);

function squares(part: Float64Array, roots: Float64Array, center: number): number {
  let sum = 0;
  for (let i = 0; i < part.length; i++) sum += (roots[i] * (part[i] - center)) ** 2;
  return sum;
}

/**
 * aₖ(σ) = E[f(σz) hₖ(z)], k = 0 … `count` − 1, with hₖ = Heₖ/√k!.
 *
 * The Hermite functions ψₖ = hₖ√φ obey ψₖ₊₁ = (z ψₖ − √k ψₖ₋₁)/√(k + 1), stably upwards wherever f√φ is not negligible.
 * Even k only see the even part and odd k the odd part.
 */
export function* hermiteCoefficients(
  { even, odd }: Parts,
  { z, densities, lengths, gaussian }: Weights,
  count: number,
): Steps<Float64Array> {
  const mean = dot(even, gaussian);
  const weigh = (part: Float64Array, center: number) =>
    part.map((value, i) => (value - center) * densities[i] * lengths[i]);
  // Less its mean: its other coefficients are the same, and lose nothing to a large constant.
  const weighted = { even: weigh(even, mean), odd: weigh(odd, 0) };
  const coefficients = new Float64Array(count);
  const previous = new Float64Array(z.length);
  const current = densities.slice();
  let work = 0;
  for (let k = 0; k < count; k += 2) {
    const pair = advance(previous, current, z, weighted, k);
    coefficients[k] = pair.even;
    if (k + 1 < count) coefficients[k + 1] = pair.odd;
    if ((work += z.length) > STEP_PRODUCTS) {
      work = 0;
      yield;
    }
  }
  coefficients[0] += mean;
  return coefficients;
}

/**
 * Turns ψₖ₋₁ and ψₖ into ψₖ₊₁ and ψₖ₊₂ for an even k, and sums the products of ψₖ and ψₖ₊₁ with the weighted parts: in one pass, as
 * memory is what this waits for, and each sum in two, so that additions do not wait for each other.
 */
function advance(
  previous: Float64Array,
  current: Float64Array,
  z: Float64Array,
  weighted: Parts,
  k: number,
): Masses {
  const { even, odd } = weighted;
  const up = 1 / Math.sqrt(k + 1);
  const further = 1 / Math.sqrt(k + 2);
  const back = Math.sqrt(k) * up;
  const furtherBack = Math.sqrt(k + 1) * further;
  let evens = 0, moreEvens = 0, odds = 0, moreOdds = 0;
  // Meshes have a multiple of 16 points.
  for (let i = 0; i < z.length; i += 2) {
    const j = i + 1;
    const x = z[i];
    const y = z[j];
    const a = current[i];
    const b = current[j];
    const c = x * a * up - previous[i] * back;
    const d = y * b * up - previous[j] * back;
    evens += a * even[i];
    moreEvens += b * even[j];
    odds += c * odd[i];
    moreOdds += d * odd[j];
    previous[i] = c;
    previous[j] = d;
    current[i] = x * c * further - a * furtherBack;
    current[j] = y * d * further - b * furtherBack;
  }
  return { even: evens + moreEvens, odd: odds + moreOdds };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
