/**
 * The singular part of a function: what a jump or a bend of it or of its derivatives up to the fifth adds.
 *
 * f − Σ c·q·w has continuous derivatives at the kinks, where q(x) = ½ sign(x − t)(x − t)ᵐ/m! has a jump of 1 in its m-th derivative
 * at t, and w(x) = exp(−d(x − t)²/2) keeps it from outgrowing f. The dual of the q·w among themselves is known (`singular_dual.ts`).
 */
import { bentTerms } from "./envelopes.ts";
import { jumpsAt } from "./jumps.ts";
import { findKinks } from "./kinks.ts";
import { sizesOf } from "./sizes.ts";

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

/** The discontinuities of a function. */
export interface Singularities {
  readonly kinks: readonly number[];
  /** Where it is steep: quadrature begins new panels here, too. */
  readonly steep: readonly number[];
  /** The terms of the kinks nearest to 0, whose dual is known. */
  readonly terms: readonly Term[];
  /** Those without the jumps of the function, as its slopes need: `slopesOf` them is not to outgrow the slope. */
  readonly bends: readonly Term[];
  /** All jumps of the function itself: a derivative almost everywhere does not see them. */
  readonly steps: readonly Term[];
}

/** More kinks than this are left to the series: the closed form of all pairs of them would be long. */
const MOST_KINKS = 8;

/** The jumps of `f` at `kinks`, or at the kinks that it is found to have. */
export function singularities(f: (x: number) => number, given?: readonly number[]): Singularities {
  const { kinks, steep } = given
    ? { kinks: [...new Set(given)].sort((a, b) => a - b), steep: [] }
    : findKinks(f);
  const room = (i: number) =>
    Math.min(kinks[i] - (kinks[i - 1] ?? -Infinity), (kinks[i + 1] ?? Infinity) - kinks[i]);
  const found = kinks.map((at, i) => sharpened(f, at, room(i)));
  const nearest = found
    .filter(({ jumps }) => jumps.some((jump) => jump !== 0))
    .sort((a, b) => Math.abs(a.at) - Math.abs(b.at))
    .slice(0, MOST_KINKS);
  const sizes = sizesOf(f, nearest.map(({ at }) => at));
  const terms = nearest.flatMap((kink) => bentTerms(kink, sizes, "nngp"));
  const bends = nearest.flatMap((kink) => bentTerms(kink, sizes, "dNngp"));
  const steps = found.map(({ at, jumps }) => ({
    at,
    order: 0,
    jump: jumps[0],
    narrowness: 0,
    from: 0,
    below: Infinity,
  }));
  return {
    kinks: found.map(({ at }) => at),
    steep,
    terms,
    bends,
    steps: steps.filter(({ jump }) => jump !== 0),
  };
}

/** The jumps at a kink, moved to where the two sides meet if they do so within what bisection could tell. */
function sharpened(f: (x: number) => number, at: number, room: number): { at: number; jumps: number[] } {
  const jumps = jumpsAt(f, at, room);
  const shift = jumps[0] / jumps[1];
  if (shift === 0 || !(Math.abs(shift) < 1e-8 * Math.max(1, Math.abs(at)))) return { at, jumps };
  return { at: at - shift, jumps: [0, ...jumps.slice(1)] };
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
