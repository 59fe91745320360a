/** Hermite coefficients of jumps and bends, in closed form. */
import { erf } from "../../lib/special/erf.ts";
import { rootDensity } from "./mesh.ts";
import type { Term } from "./terms.ts";

type Bend = Pick<Term, "at" | "order" | "jump" | "narrowness">;

/**
 * Σ c·E[qₘw hₖ(z)] at σz for k < `count`.
 *
 * Aₘₖ = E[qₘw hₖ] follows from integration by parts, √k Aₘₖ = σ E[(qₘw)′ hₖ₋₁], and x qₘ = (m + 1) qₘ₊₁:
 * √k (1 + dσ²) Aₘₖ = σ Aₘ₋₁,ₖ₋₁ + dσt Aₘ,ₖ₋₁ − dσ²√(k − 1) Aₘ,ₖ₋₂, where A₋₁ is the δ function at t. Its solutions without
 * Aₘ₋₁ fall, so that errors do not grow.
 */
export function singularCoefficients(terms: readonly Term[], sigma: number, count: number): Float64Array {
  const coefficients = new Float64Array(count);
  const families = Map.groupBy(terms, ({ at, narrowness }) => `${at} ${narrowness}`);
  for (const family of families.values()) {
    const { at, narrowness } = family[0];
    const highest = Math.max(...family.map(({ order }) => order));
    const means = meansOf(at, highest, sigma, narrowness);
    // φhₖ at the kink: √φ apart, since hₖ alone overflows where φ underflows.
    const root = rootDensity(at / sigma);
    let values: Float64Array = hermiteValues(at / sigma, count - 1, root).map((value) =>
      root * value / sigma
    );
    for (let order = 0; order <= highest; order++) {
      values = integrated(values, means[order], { at, narrowness }, sigma, count);
      for (const { order: m, jump } of family) {
        if (m === order) values.forEach((value, k) => coefficients[k] += jump * value);
      }
    }
  }
  return coefficients;
}

/** Aₘ from Aₘ₋₁ and Aₘ₀. */
function integrated(
  lower: Float64Array,
  mean: number,
  { at, narrowness }: Pick<Term, "at" | "narrowness">,
  sigma: number,
  count: number,
): Float64Array {
  const values = new Float64Array(count);
  const square = narrowness * sigma ** 2;
  const shift = narrowness * sigma * at;
  values[0] = mean;
  for (let k = 1; k < count; k++) {
    const back = k > 1 ? square * Math.sqrt(k - 1) * values[k - 2] : 0;
    values[k] = (sigma * lower[k - 1] + shift * values[k - 1] - back) / (Math.sqrt(k) * (1 + square));
  }
  return values;
}

/** (2m − 1)!! */
const MOMENTS = [1, 1, 3, 15, 105, 945, 10395];

/** A bound of Σ |c|·√E[(qₘw)²], by Minkowski's inequality: √E[x²ᵐ] ≤ (|E x| + σ ((2m − 1)!!)^(1/2m))ᵐ. */
export function singularSize(terms: readonly Bend[], sigma: number): number {
  return terms.reduce((sum, { at, order, jump, narrowness }) => {
    // w² is a density, up to a factor, which narrows that of σz.
    const spread = 1 + 2 * narrowness * sigma ** 2;
    const length = Math.abs(at) / spread +
      sigma / Math.sqrt(spread) * MOMENTS[order] ** (1 / (2 * order || 1));
    let size = Math.abs(jump) / 2 * Math.exp(-narrowness * at * at / (2 * spread)) * spread ** -0.25;
    for (let m = 1; m <= order; m++) size *= length / m;
    return sum + size;
  }, 0);
}

/**
 * E[qₙw] at σz for n = 0 … `order`, with w as a density that moves and narrows that of σz − t to N(−t, σ²)/(1 + dσ²):
 * n E[qₙ] = −t E[qₙ₋₁] + σ² E[qₙ₋₂], with E[q₋₁] the density at t.
 */
function meansOf(at: number, order: number, sigma: number, narrowness: number): number[] {
  const spread = 1 + narrowness * sigma ** 2;
  const [t, variance] = [at / spread, sigma ** 2 / spread];
  const z = t / Math.sqrt(variance);
  const weight = Math.exp(-narrowness * at * at / (2 * spread)) / Math.sqrt(spread);
  const means = [-erf(z * Math.SQRT1_2) / 2];
  let before = Math.sqrt(variance) * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  for (let n = 1; n <= order; n++) {
    means.push((before - t * means[n - 1]) / n);
    before = variance * means[n - 1];
  }
  return means.map((mean) => weight * mean);
}

/** `first`·hₖ(z) for k < `count`. */
export function hermiteValues(z: number, count: number, first = 1): Float64Array {
  const values = new Float64Array(Math.max(0, count));
  let [previous, current] = [0, first];
  for (let k = 0; k < values.length; k++) {
    values[k] = current;
    [previous, current] = [current, (z * current - Math.sqrt(k) * previous) / Math.sqrt(k + 1)];
  }
  return values;
}
