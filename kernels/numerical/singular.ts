/** The singular part of a function: the terms (`terms.ts`) of its kinks, which are found or given, and its jumps. */
import { bentTerms, type Kink, sizesOf } from "./envelopes.ts";
import { jumpsAt } from "./jumps.ts";
import { findKinks } from "./kinks.ts";
import type { Term } from "./terms.ts";
import type { Steps } from "../../lib/steps.ts";

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
export function* singularities(
  f: (x: number) => number,
  given?: readonly number[],
): Steps<Singularities> {
  const { kinks, steep } = given
    ? { kinks: [...new Set(given)].sort((a, b) => a - b), steep: [] }
    : yield* findKinks(f);
  const room = (i: number) =>
    Math.min(kinks[i] - (kinks[i - 1] ?? -Infinity), (kinks[i + 1] ?? Infinity) - kinks[i]);
  const found: Kink[] = [];
  for (const [i, at] of kinks.entries()) {
    found.push(sharpened(f, at, room(i)));
    yield;
  }
  const nearest = found
    .filter(({ jumps }) => jumps.some((jump) => jump !== 0))
    .sort((a, b) => Math.abs(a.at) - Math.abs(b.at))
    .slice(0, MOST_KINKS);
  const sizes = sizesOf(f, nearest.map(({ at }) => at));
  const terms: Term[] = [];
  const bends: Term[] = [];
  for (const kink of nearest) {
    terms.push(...yield* bentTerms(kink, sizes, "nngp"));
    bends.push(...yield* bentTerms(kink, sizes, "dNngp"));
  }
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
