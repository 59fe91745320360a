/** Gauss–Legendre quadrature in double precision. */
import { divide, multiply, subtract } from "./double_double.ts";
import { type Family, gaussRule, type QuadratureRule } from "./gauss_rule.ts";

const legendre: Family = {
  name: "Legendre",
  maxDegree: 500,
  mass: [2, 0],
  square: (k) => divide([k * k, 0], [4 * k * k - 1, 0]),
  slope(n, x) {
    const width = subtract([1, 0], multiply([x, 0], [x, 0]));
    return divide([n * n, 0], multiply([2 * n - 1, 0], width));
  },
  drift: (n, x) => -2 * (n + 1) * x / ((1 - x) * (1 + x)),
  // Tricomi's estimate, off by O(n⁻⁴).
  estimate: (n, k) => (1 - (n - 1) / (8 * n ** 3)) * Math.cos(Math.PI * (4 * k - 1) / (4 * n + 2)),
  rules: new Map(),
};

/**
 * Gauss–Legendre rule on [−1, 1]: ∫ f(x) dx ≈ Σᵢ wᵢ f(xᵢ), exact for polynomials up to degree 2n − 1.
 *
 * The nodes are the zeros of Pₙ, wᵢ = 2/((1 − xᵢ²) Pₙ′(xᵢ)²). Both are right to 1 ULP and symmetric to the last bit.
 * Source: Abramowitz & Stegun 25.4.29, DLMF 3.5(v).
 *
 * @param n Number of nodes, 1 to 500.
 * @returns Nodes, ascending, and weights: fresh arrays of length n; the rule itself is computed once.
 * @throws {RangeError} If n is not an integer from 1 to 500.
 *
 * @example ∫ exp(x) dx over [−1, 1]
 * ```ts
 * import { gaussLegendre } from "./gauss_legendre.ts";
 * const { nodes, weights } = gaussLegendre(12);
 * const integral = nodes.reduce((sum, x, i) => sum + weights[i] * Math.exp(x), 0);
 * if (Math.abs(integral - 2 * Math.sinh(1)) > 2e-15) throw new Error("integral of exp");
 * ```
 */
export function gaussLegendre(n: number): QuadratureRule {
  return gaussRule(legendre, n);
}
