/** Where a function jumps, bends or is steep: found by a scan and by bisection. */
import type { Steps } from "../../lib/steps.ts";
import { largest } from "../../lib/linalg/symmetric.ts";
import { expand, panelRule, panelValue, sample, tail } from "./legendre_panel.ts";

/** Points an octave of |x|: one every |x|/700. */
const DENSITY = 500;
const SMALLEST = 2 ** -14;
const OCTAVES = 25;

/** The values of a function at x = ±2^(j/500) · 2⁻¹⁴ < 2048. */
export interface Scan {
  /** The largest |f| in (from, to) */
  readonly largest: (from: number, to: number) => number;
  /** The first point of (from, to) where f differs by more than `allowed` from p(y), y from −1 to 1; values that are not finite do not count */
  readonly off: (from: number, to: number, p: (y: number) => number, allowed: number) => number | undefined;
}

const points = Float64Array.from({ length: DENSITY * OCTAVES }, (_, j) => SMALLEST * 2 ** (j / DENSITY));

/** Calls `f` at all points. */
export function scanned(f: (x: number) => number): Scan {
  const [right, left] = [points.map(f), points.map((x) => f(-x))];
  /** `visit` at the points of (from, to) until it says so */
  const some = (from: number, to: number, visit: (x: number, value: number) => boolean) => {
    for (let j = indexFrom(-to); j < points.length && points[j] < -from; j++) {
      if (points[j] > -to && visit(-points[j], left[j])) return true;
    }
    for (let j = indexFrom(from); j < points.length && points[j] < to; j++) {
      if (points[j] > from && visit(points[j], right[j])) return true;
    }
    return false;
  };
  return {
    largest(from, to) {
      let most = 0;
      some(from, to, (_, value) => !((most = Math.max(most, Math.abs(value))) >= 0));
      return most;
    },
    off(from, to, p, allowed) {
      let found: number | undefined;
      some(from, to, (x, value) => {
        const off = Number.isFinite(value) &&
          Math.abs(value - p((2 * x - from - to) / (to - from))) > allowed;
        if (off) found = x;
        return off;
      });
      return found;
    },
  };
}

/** An index at or right before the first point above x. */
const indexFrom = (x: number) =>
  x <= SMALLEST ? 0 : Math.max(0, Math.floor(Math.log2(x / SMALLEST) * DENSITY) - 1);

type Scalar = (x: number) => number;

interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A stretch of the axis on which the function needed no further bisection. */
interface Leaf extends Interval {
  /** Relative error of its polynomial. */
  readonly error: number;
}

/** A function, its values at the scanned points, and the largest of them as far out as it was searched. */
interface Searched {
  readonly f: Scalar;
  readonly scan: Scan;
  readonly scale: number;
}

/** What bisection makes of a stretch. */
interface Stretch {
  readonly leaves: readonly Leaf[];
  /** Where the function itself jumps, to the last digit. */
  readonly jumps: readonly number[];
}

/** The points of the axis that quadrature has to know. */
export interface Kinks {
  /** Where a function or a low derivative of it is discontinuous, or seems to be. */
  readonly kinks: readonly number[];
  /** Where it is smooth, but much steeper than around. */
  readonly steep: readonly number[];
}

const SMOOTH = 1e-13;
/** What a polynomial may miss at a scanned point: these are there to find features, not to measure errors. */
const HIDDEN = 1e-10;
const BUDGET = 4000;
// Ends of the stretches lie off every number that a kink is likely to sit on: it must lie inside one to be seen.
const FIRST = 1.0931 * 2 ** -2;
const LAST = 1.0931 * 2 ** 10;
const SPLIT = 0.4532;
// A leaf this much narrower than the widest beside it holds a kink, or something as steep.
const NARROW = 2 ** -9;
/** Leaves this much narrower than the widest are where a mesh has to be looked at closely. */
const STEEP = 2 ** -4;

/**
 * The points of |x| < 1100 where `f` or a low derivative of it is discontinuous, and where it is steep.
 *
 * A heuristic: bisection runs towards whatever 16 points and a scan of one point every |x|/700 cannot resolve. What is narrower
 * than that may be missed, as by any sampling. Functions that are noisy or oscillate fast exhaust its budget; then the points
 * found nearer to 0 are returned.
 */
export function* findKinks(f: Scalar): Steps<Kinks> {
  const scan = scanned(f);
  yield;
  let scale = largest(sample(f, -1, 1));
  const kinks: number[] = [];
  const steep: number[] = [];
  let budget = BUDGET;
  for (let edge = FIRST; edge <= LAST; edge *= 2) {
    const shells = edge === FIRST ? [[-edge, edge]] : [[-edge, -edge / 2], [edge / 2, edge]];
    scale = shells.reduce(
      (max, [a, b]) => Math.max(max, largest(sample(f, a, b)), scan.largest(a, b)),
      scale,
    );
    const found: Stretch[] = [];
    for (const [a, b] of shells) {
      found.push(yield* bisect({ f, scan, scale }, a, b, Math.min(budget, BUDGET / 2)));
    }
    budget -= found.reduce((sum, { leaves }) => sum + leaves.length, 0);
    if (budget <= 0 || found.some(({ leaves }) => leaves.length === 0)) break;
    for (const { leaves, jumps } of found) {
      kinks.push(...jumps, ...narrowest(leaves, NARROW).map(simplest));
      steep.push(...narrowest(leaves, STEEP).map(middleOf));
    }
  }
  const ascending = (points: readonly number[]) => [...new Set(points)].sort((a, b) => a - b);
  return { kinks: ascending(kinks), steep: ascending(steep) };
}

/** The leaves of [a, b] from left to right, smooth to SMOOTH · `scale`; none if there are more than `budget`. */
function* bisect({ f, scan, scale }: Searched, a: number, b: number, budget: number): Steps<Stretch> {
  const leaves: Leaf[] = [];
  const jumps: number[] = [];
  const stack = [[a, b]];
  while (stack.length > 0) {
    const [from, to] = stack.pop()!;
    const values = sample(f, from, to);
    const coefficients = expand(values);
    const error = scale > 0 ? tail(coefficients) / scale : 0;
    const finest = to - from < 1e-15 * Math.max(1, Math.abs(from) * 4);
    // NaN and overflow are no kinks: such stretches are left alone.
    const hidden = finest || error > SMOOTH || !Number.isFinite(error)
      ? undefined
      : scan.off(from, to, (y) => panelValue(coefficients, y), HIDDEN * scale);
    if (finest || !(error > SMOOTH) && hidden === undefined) leaves.push({ from, to, error });
    else {
      const jump = jumpIn(f, steepest(f, { from, to, values, hidden }), scale);
      if (jump) {
        jumps.push(simplest(jump));
        stack.push([jump.to, to], [from, jump.from]);
      } else {
        const middle = from + SPLIT * (to - from);
        stack.push([middle, to], [from, middle]);
      }
    }
    if (leaves.length + stack.length > budget) return { leaves: [], jumps: [] };
    yield;
  }
  return { leaves, jumps };
}

/** The two neighbours among the samples of a stretch, its ends and a hidden point between which `f` changes most. */
function steepest(
  f: Scalar,
  { from, to, values, hidden }: Interval & { values: Float64Array; hidden: number | undefined },
): Interval {
  const { points } = panelRule(from, to);
  let found = { from, to };
  let most = -1;
  let [before, left] = [from, f(from)];
  const visit = (x: number, value: number) => {
    const change = Math.abs(value - left);
    if (change > most) [found, most] = [{ from: before, to: x }, change];
    [before, left] = [x, value];
  };
  points.forEach((x, i) => {
    if (hidden !== undefined && before < hidden && hidden < x) visit(hidden, f(hidden));
    visit(x, values[i]);
  });
  if (hidden !== undefined && before < hidden) visit(hidden, f(hidden));
  visit(to, f(to));
  return found;
}

/** Two numbers next to each other between which `f` jumps, or nothing: the half in which it changes more is halved again. */
function jumpIn(f: Scalar, { from, to }: Interval, scale: number): Interval | undefined {
  let [low, high] = [from, to];
  let [left, right] = [f(low), f(high)];
  const change = Math.abs(right - left);
  for (let halvings = 0; high - low > 1e-17 * (to - from); halvings++) {
    // A smooth function changes half as much each time; a jump that is small beside that is found in a shorter stretch.
    if (halvings === 12 && !(Math.abs(right - left) > change / 256)) return;
    const middle = low + (high - low) / 2;
    if (!(low < middle && middle < high)) break;
    const value = f(middle);
    if (Math.abs(value - left) >= Math.abs(right - value)) [high, right] = [middle, value];
    else [low, left] = [middle, value];
  }
  const jump = Math.abs(right - left);
  // A steep function changes as much nearby.
  const near = 64 * Math.max(high - low, Number.EPSILON * Math.abs(high));
  const beside = Math.max(Math.abs(f(low - near) - left), Math.abs(f(high + near) - right));
  return jump > 1e-9 * scale && beside < jump / 4 ? { from: low, to: high } : undefined;
}

/** Of each run of leaves narrower than `fraction` of the widest, the one that they close in on. */
function narrowest(leaves: readonly Leaf[], fraction: number): Leaf[] {
  const width = (leaf: Leaf) => leaf.to - leaf.from;
  const narrow = fraction * Math.max(...leaves.map(width));
  const found: Leaf[] = [];
  let best: Leaf | undefined;
  for (const [i, leaf] of leaves.entries()) {
    if (width(leaf) < narrow) {
      if (
        !best || width(leaf) < 0.5 * width(best) || (width(leaf) < 2 * width(best) && leaf.error > best.error)
      ) {
        best = leaf;
      }
    }
    const next = leaves[i + 1];
    if (best && !(next && width(next) < narrow)) {
      found.push(best);
      best = undefined;
    }
  }
  return found;
}

const middleOf = ({ from, to }: Interval) => (from + to) / 2;

/** The roundest number on a leaf or right beside it, since authors write kinks as 0, 0.5, 3 or 6. */
function simplest({ from, to }: Interval): number {
  const middle = middleOf({ from, to });
  const slack = 2 * (to - from) + 1e-14 * Math.abs(middle);
  const round = [1, 10, 100, 1000, 1024].map((unit) => Math.round(middle * unit) / unit);
  return round.find((x) => Math.abs(x - middle) <= slack) ?? middle;
}
