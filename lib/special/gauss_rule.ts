/** Gauss quadrature from the three-term recurrence of orthonormal polynomials, by Newton's method in double-double. */
import { add, divide, type DoubleDouble, multiply, squareRoot, subtract } from "./double_double.ts";
import { outOfRange } from "../options.ts";

/** Nodes in ascending order and weights of a quadrature rule ∫ f(x) w(x) dx ≈ Σᵢ weights[i]·f(nodes[i]). */
export interface QuadratureRule {
  /** Nodes xᵢ, ascending. */
  nodes: Float64Array;
  /** Weights wᵢ > 0, in the order of the nodes. */
  weights: Float64Array;
}

/** Orthonormal polynomials of an even weight, x pₖ = bₖ₊₁ pₖ₊₁ + bₖ pₖ₋₁, and what their Gauss rules need (internal). */
export interface Family {
  /** Name in error messages. */
  readonly name: string;
  /** Highest degree. */
  readonly maxDegree: number;
  /** ∫ w(x) dx. */
  readonly mass: DoubleDouble;
  /** bₖ². */
  square(k: number): DoubleDouble;
  /** bₙ pₙ′(x)/pₙ₋₁(x) at a node; the weight there is the reciprocal of its product with pₙ₋₁². */
  slope(n: number, x: number): DoubleDouble;
  /** d ln(weight)/dx at a node, which carries a weight from the nearest double to the node itself. */
  drift(n: number, x: number): number;
  /** Estimate of the k-th largest node, k ≥ 1, from which Newton's method converges to it. */
  estimate(n: number, k: number): number;
  /** Rules made so far. */
  readonly rules: Map<number, QuadratureRule>;
}

interface Recurrence {
  readonly first: DoubleDouble;
  readonly b: readonly DoubleDouble[];
  readonly inverse: readonly DoubleDouble[];
}

const ONE: DoubleDouble = [1, 0];

function recurrence({ mass, square }: Family, n: number): Recurrence {
  const b = Array.from({ length: n }, (_, k) => k === 0 ? [0, 0] as const : squareRoot(square(k)));
  return { first: divide(ONE, squareRoot(mass)), b, inverse: b.map((value) => divide(ONE, value)) };
}

/** bₙ pₙ(x) and pₙ₋₁(x). */
function evaluate({ first, b, inverse }: Recurrence, x: number): [DoubleDouble, DoubleDouble] {
  const point: DoubleDouble = [x, 0];
  let previous: DoubleDouble = [0, 0];
  let current = first;
  for (let k = 1; k < b.length; k++) {
    const next = subtract(multiply(point, current), multiply(b[k - 1], previous));
    previous = current;
    current = multiply(next, inverse[k]);
  }
  return [subtract(multiply(point, current), multiply(b[b.length - 1], previous)), current];
}

/** The node that Newton's method reaches from x, and its weight. */
function solve(family: Family, n: number, coefficients: Recurrence, x: number): [number, number] {
  for (;;) {
    const [value, last] = evaluate(coefficients, x);
    const slope = family.slope(n, x);
    const step = -value[0] / (slope[0] * last[0]);
    if (Math.abs(step) > Number.EPSILON * Math.abs(x)) {
      x += step;
      continue;
    }
    const weight = divide(ONE, multiply(slope, multiply(last, last)));
    const moved = add(weight, [weight[0] * step * family.drift(n, x), 0]);
    return [x + step, moved[0]];
  }
}

function build(family: Family, n: number): QuadratureRule {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  const coefficients = recurrence(family, n);
  for (let k = 1; k <= Math.ceil(n / 2); k++) {
    const guess = 2 * k === n + 1 ? 0 : family.estimate(n, k);
    const [node, weight] = solve(family, n, coefficients, guess);
    nodes[k - 1] = -node;
    nodes[n - k] = node;
    weights[k - 1] = weights[n - k] = weight;
  }
  return { nodes, weights };
}

/** The n-point Gauss rule of a family: fresh arrays each time, computed once (internal). */
export function gaussRule(family: Family, n: number): QuadratureRule {
  const { name, maxDegree, rules } = family;
  if (!Number.isInteger(n) || n < 1 || n > maxDegree) {
    throw outOfRange(`build a Gauss–${name} rule`, "n", `an integer from 1 to ${maxDegree}`, n);
  }
  const rule = rules.get(n) ?? build(family, n);
  rules.set(n, rule);
  return { nodes: rule.nodes.slice(), weights: rule.weights.slice() };
}
