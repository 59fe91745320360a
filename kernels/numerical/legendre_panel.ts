/** A function on an interval, known by its values at 16 Gauss–Legendre points. */
import { gaussLegendre } from "../../lib/special/gauss_legendre.ts";

/** Points of a panel. */
export const ORDER = 16;

const rule = gaussLegendre(ORDER);

/** P₀(y) … P₁₅(y) */
function legendre(y: number): Float64Array {
  const p = new Float64Array(ORDER);
  p[0] = 1;
  p[1] = y;
  for (let n = 1; n + 1 < ORDER; n++) p[n + 1] = ((2 * n + 1) * y * p[n] - n * p[n - 1]) / (n + 1);
  return p;
}

const polynomials = Array.from(rule.nodes, legendre);
/** (n + ½) wᵢ Pₙ(yᵢ) and P′ₙ(yᵢ), row by row in n and in i. */
const projection = matrix((n, i) => (n + 0.5) * rule.weights[i] * polynomials[i][n]);
const derivatives = polynomials.map((p) => {
  // P′ₙ₊₁ = P′ₙ₋₁ + (2n + 1) Pₙ
  const slopes = new Float64Array(ORDER);
  slopes[1] = 1;
  for (let n = 1; n + 1 < ORDER; n++) slopes[n + 1] = slopes[n - 1] + (2 * n + 1) * p[n];
  return slopes;
});
/** What gives the derivatives at the points from the values there. */
const differentiation = matrix((i, j) =>
  derivatives[i].reduce((sum, slope, n) => sum + slope * projection[n * ORDER + j], 0)
);

// Where a panel is checked besides its points: just inside its ends, since a kink or jump may sit on them.
const END = 1 - 2e-6;
const atEnd = legendre(END);

function matrix(entry: (row: number, column: number) => number): Float64Array {
  return Float64Array.from({ length: ORDER ** 2 }, (_, k) => entry(Math.floor(k / ORDER), k % ORDER));
}

/** The product of a matrix of the panel and a vector. */
function times(a: Float64Array, vector: Float64Array): Float64Array {
  const product = new Float64Array(ORDER);
  for (let i = 0; i < ORDER; i++) {
    let sum = 0;
    for (let j = 0; j < ORDER; j++) sum += a[i * ORDER + j] * vector[j];
    product[i] = sum;
  }
  return product;
}

/** The points of [a, b], and their weights for ∫ₐᵇ. */
export function panelRule(a: number, b: number): { points: Float64Array; weights: Float64Array } {
  const half = (b - a) / 2;
  return { points: rule.nodes.map((y) => a + half * (1 + y)), weights: rule.weights.map((w) => w * half) };
}

/** The values of `f` at the points of [a, b]. */
export function sample(f: (x: number) => number, a: number, b: number): Float64Array {
  const half = (b - a) / 2;
  const values = new Float64Array(ORDER);
  for (let i = 0; i < ORDER; i++) values[i] = f(a + half * (1 + rule.nodes[i]));
  return values;
}

/** The Legendre coefficients of the polynomial through `values`. */
export function expand(values: Float64Array): Float64Array {
  return times(projection, values);
}

const forward = Float64Array.from({ length: ORDER }, (_, n) => (2 * n + 1) / (n + 1));
const backward = Float64Array.from({ length: ORDER }, (_, n) => (n + 1) / (n + 2));

/** Σ cₙ Pₙ(y), by Clenshaw's recurrence. */
export function panelValue(coefficients: Float64Array, y: number): number {
  let next = 0;
  let after = 0;
  for (let n = ORDER - 1; n > 0; n--) {
    const value = coefficients[n] + forward[n] * y * next - backward[n] * after;
    after = next;
    next = value;
  }
  return coefficients[0] + y * next - after / 2;
}

/** The size of the last two coefficients: what the expansion of a smooth function still lacks. */
export function tail(coefficients: Float64Array): number {
  return Math.abs(coefficients[ORDER - 2]) + Math.abs(coefficients[ORDER - 1]);
}

/** How far the polynomial through `values` is from `f` on [a, b]: its tail, and its error just inside both ends. */
export function panelError(f: (x: number) => number, a: number, b: number, values: Float64Array): number {
  const coefficients = expand(values);
  const inset = (b - a) * (1 - END) / 2;
  let right = 0;
  let left = 0;
  for (let n = 0; n < ORDER; n++) {
    right += coefficients[n] * atEnd[n];
    left += coefficients[n] * (n % 2 ? -atEnd[n] : atEnd[n]);
  }
  return Math.max(tail(coefficients), Math.abs(f(a + inset) - left), Math.abs(f(b - inset) - right));
}

/** d/dx at the points of a panel of the given width. */
export function differentiatePanel(values: Float64Array, width: number): Float64Array {
  const slopes = times(differentiation, values);
  for (let i = 0; i < ORDER; i++) slopes[i] *= 2 / width;
  return slopes;
}

/** The derivatives of orders 0 … `count` − 1 at the left end of a panel of the given width. */
export function leftDerivatives(coefficients: Float64Array, width: number, count: number): number[] {
  return Array.from({ length: count }, (_, m) => {
    let sum = 0;
    for (let n = m; n < ORDER; n++) {
      // Pₙ⁽ᵐ⁾(−1) = (−1)ⁿ⁺ᵐ (n + m)! / (2ᵐ m! (n − m)!)
      let slope = (n + m) % 2 ? -1 : 1;
      for (let j = 1; j <= m; j++) slope *= (n - m + j) * (n + j) / (2 * j);
      sum += coefficients[n] * slope;
    }
    return sum * (2 / width) ** m;
  });
}
