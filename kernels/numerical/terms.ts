/**
 * What a jump or a bend of a function, or of its derivatives up to the fifth, adds to it.
 *
 * f − Σ c·q·w has continuous derivatives at the kinks, where q(x) = ½ sign(x − t)(x − t)ᵐ/m! has a jump of 1 in its m-th derivative
 * at t, and w(x) = exp(−d(x − t)²/2) keeps it from outgrowing f. The dual of the q·w among themselves is known (`singular_dual.ts`).
 */

/** E[f(u)f(v)], or E[f′(u)f′(v)] with f′ almost everywhere. */
export type Dual = "nngp" | "dNngp";

/** c·q·w, taken out where the variance is in [from, below). */
export interface Term {
  /** t */
  readonly at: number;
  /** m */
  readonly order: number;
  /** c */
  readonly jump: number;
  /** d; 0 where the function grows as its kink does. */
  readonly narrowness: number;
  readonly from: number;
  readonly below: number;
}

/** ½ sign(r) rᵐ/m! */
function q(order: number, r: number): number {
  let value = Math.sign(r) / 2;
  for (let m = 1; m <= order; m++) value *= r / m;
  return value;
}

/** Σ c·q·w at x */
export function singularPart(terms: readonly Term[], x: number): number {
  let sum = 0;
  for (const { at, order, jump, narrowness } of terms) {
    const value = jump * q(order, x - at);
    sum += narrowness === 0 ? value : value * Math.exp(-narrowness * (x - at) ** 2 / 2);
  }
  return sum;
}

/** The same for jumps of the function itself, of which there may be thousands; they ascend. */
export function stepsPart(steps: readonly Term[]): (x: number) => number {
  const below = new Float64Array(steps.length + 1);
  steps.forEach(({ jump }, i) => below[i + 1] = below[i] + jump);
  const total = below[steps.length];
  return (x) => {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle].at < x) low = middle + 1;
      else high = middle;
    }
    return below[low] - total / 2;
  };
}

/** The terms of the derivative almost everywhere: (qₘw)′ = qₘ₋₁w − d(m + 1)qₘ₊₁w, without the δ function of q₀. */
export function slopesOf<T extends Pick<Term, "order" | "jump" | "narrowness">>(terms: readonly T[]): T[] {
  return terms.flatMap((term) => {
    const { order, jump, narrowness } = term;
    return [
      { ...term, order: order - 1 },
      { ...term, order: order + 1, jump: -narrowness * (order + 1) * jump },
    ].filter((slope) => slope.order >= 0 && slope.jump !== 0);
  });
}

/** The terms that are taken out at this variance. */
export function activeAt(terms: readonly Term[], variance: number): Term[] {
  return terms.filter(({ from, below }) => from <= variance && variance < below);
}
