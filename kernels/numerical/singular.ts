/**
 * The singular part of a function: what a jump or a bend of it or of its next two derivatives adds.
 *
 * f − Σ c·q has a continuous third derivative at the kinks, where q(x) = ½ sign(x − t)(x − t)ᵐ/m! has a jump of 1 in its m-th
 * derivative at t. The dual of the q among themselves is known (`singular_dual.ts`).
 */
import { sample } from "./legendre_panel.ts";
import { jumpsAt } from "./jumps.ts";
import { findKinks } from "./kinks.ts";

/** c·q: the jump c of the m-th derivative at t, taken out where the variance is in [from, below). */
export interface Term {
  readonly at: number;
  readonly order: number;
  readonly jump: number;
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
  const split = nearest.map(({ at }) => at);
  const size = remembered((sigma: number) => rootMeanSquare(f, sigma, split));
  const terms = nearest
    .flatMap(({ at, jumps }) => jumps.map((jump, order) => ({ at, order, jump })))
    .filter(({ jump }) => jump !== 0)
    .flatMap((term) => withRange(term, size));
  const steps = found.map(({ at, jumps }) => ({ at, order: 0, jump: jumps[0], from: 0, below: Infinity }));
  return { kinks: found.map(({ at }) => at), steep, terms, steps: steps.filter(({ jump }) => jump !== 0) };
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

/** Σ c·q at x */
export function singularPart(terms: readonly Term[], x: number): number {
  return terms.reduce((sum, { at, order, jump }) => sum + jump * q(order, x - at), 0);
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

/** The terms of the derivative almost everywhere: q′ₘ = qₘ₋₁. */
export function slopesOf(terms: readonly Term[]): Term[] {
  return terms.filter(({ order }) => order > 0).map((term) => ({ ...term, order: term.order - 1 }));
}

/** The terms that are taken out at this variance. */
export function activeAt(terms: readonly Term[], variance: number): Term[] {
  return terms.filter(({ from, below }) => from <= variance && variance < below);
}

/** How far c·q may exceed f, by order: their difference loses the square of it times the rounding unit. */
const EXCESS = [1e5, 1e5, 60, 300, 1e3, 1e3];
/** A kink this many standard deviations away carries e^(−32). */
const FAR = 8;

/** The term with the range of variances (powers of 4) where it is in reach and does not dwarf the function. */
function withRange(term: Omit<Term, "from" | "below">, size: (sigma: number) => number): Term[] {
  const usable = (octave: number) => {
    const sigma = 2 ** (octave + 0.5);
    const part = rootMeanSquare((x) => term.jump * q(term.order, x - term.at), sigma, [term.at]);
    return Math.abs(term.at) <= FAR * 2 ** (octave + 1) && part <= EXCESS[term.order] * size(sigma);
  };
  let first = -30;
  while (first <= 30 && !usable(first)) first++;
  let end = first;
  while (end <= 30 && usable(end)) end++;
  if (first > 30) return [];
  return [{ ...term, from: first === -30 ? 0 : 4 ** first, below: end > 30 ? Infinity : 4 ** end }];
}

function remembered(compute: (x: number) => number): (x: number) => number {
  const known = new Map<number, number>();
  return (x) => {
    if (!known.has(x)) known.set(x, compute(x));
    return known.get(x)!;
  };
}

/** √E[f(σz)²] to a few digits; 0 where f overflows. */
function rootMeanSquare(f: (x: number) => number, sigma: number, kinks: readonly number[]): number {
  const edges = [-6, -4, -2, -1, -0.3, 0, 0.3, 1, 2, 4, 6].map((z) => z * sigma);
  const ends = [...edges, ...kinks.filter((t) => Math.abs(t) < 6 * sigma)].sort((a, b) => a - b);
  let sum = 0;
  for (let i = 0; i + 1 < ends.length; i++) {
    const values = sample((x) => f(x) ** 2 * Math.exp(-x * x / (2 * sigma * sigma)), ends[i], ends[i + 1]);
    sum += values.reduce((total, value) => total + value, 0) / values.length * (ends[i + 1] - ends[i]) /
      sigma;
  }
  return Number.isFinite(sum) ? Math.sqrt(sum / Math.sqrt(2 * Math.PI)) : 0;
}
