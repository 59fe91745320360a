/** Hermite coefficients of jumps and bends, in closed form. */
import { erf } from "../../lib/special/erf.ts";
import type { Term } from "./singular.ts";

/**
 * Σ c·E[qₘ(σz − t) hₖ(z)] for k < `count`.
 *
 * Integrating by parts k times leaves σᵏ E[qₘ₋ₖ(σz − t)]/√k! for k ≤ m; m + 1 times leaves the δ function at z = t/σ, hence
 * σᵐ φ(t/σ) hₖ₋ₘ₋₁(t/σ)/√(k(k − 1)⋯(k − m)).
 */
export function singularCoefficients(terms: readonly Term[], sigma: number, count: number): Float64Array {
  const coefficients = new Float64Array(count);
  for (const { at, order, jump } of terms) {
    const means = meansOf(at, order, sigma);
    const values = hermiteTimesDensity(at / sigma, count - order - 1);
    let scale = jump;
    for (let k = 0; k <= order && k < count; k++) {
      coefficients[k] += scale * means[order - k];
      scale *= sigma / Math.sqrt(k + 1);
    }
    const power = jump * sigma ** order;
    for (let k = order + 1; k < count; k++) {
      let product = k;
      for (let j = 1; j <= order; j++) product *= k - j;
      coefficients[k] += power * values[k - order - 1] / Math.sqrt(product);
    }
  }
  return coefficients;
}

/** Σ c²·(a bound of E[qₘ(σz − t)²]): ¼ (|t| + σ √(2m))²ᵐ/m!², from Minkowski's inequality and E[z²ᵐ] ≤ (2m)ᵐ. */
export function singularSquares(terms: readonly Term[], sigma: number): number {
  return terms.reduce((sum, { at, order, jump }) => {
    let size = jump / 2;
    for (let m = 1; m <= order; m++) size *= (Math.abs(at) + sigma * Math.sqrt(2 * order)) / m;
    return sum + size * size;
  }, 0);
}

/** E[qₙ(σz − t)] for n = 0 … `order`: n E[qₙ] = −t E[qₙ₋₁] + σ² E[qₙ₋₂], with E[q₋₁] the density at t. */
function meansOf(t: number, order: number, sigma: number): number[] {
  const z = t / sigma;
  const means = [-erf(z * Math.SQRT1_2) / 2];
  let before = sigma * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  for (let n = 1; n <= order; n++) {
    means.push((before - t * means[n - 1]) / n);
    before = sigma ** 2 * means[n - 1];
  }
  return means;
}

/** φ(z) hₖ(z) for k < `count`; √φ apart, since hₖ alone overflows where φ underflows. */
function hermiteTimesDensity(z: number, count: number): Float64Array {
  const root = (2 * Math.PI) ** -0.25 * Math.exp(-z * z / 4);
  const values = new Float64Array(Math.max(0, count));
  let [previous, current] = [0, root];
  for (let k = 0; k < values.length; k++) {
    values[k] = root * current;
    [previous, current] = [current, (z * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1)];
  }
  return values;
}
