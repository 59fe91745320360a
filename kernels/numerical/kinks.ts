/** Where a function jumps or bends, found by bisection, and by how much. */
import { expand, leftDerivatives, panelError, sample, tail } from "./legendre_panel.ts";

type Scalar = (x: number) => number;

/** A stretch of the axis on which the function needed no further bisection. */
interface Leaf {
  readonly from: number;
  readonly to: number;
  /** Relative error of its polynomial. */
  readonly error: number;
}

/** Derivatives of orders 0 … 5 are searched for jumps: those of higher order hardly slow a Hermite series. */
export const JUMP_ORDERS = 6;

const SMOOTH = 1e-13;
const BUDGET = 4000;
// Ends of the stretches lie off every number that a kink is likely to sit on: it must lie inside one to be seen.
const FIRST = 1.0931 * 2 ** -2;
const LAST = 1.0931 * 2 ** 10;
const SPLIT = 0.4532;
// A leaf this much narrower than the widest beside it holds a kink, or something as steep.
const NARROW = 2 ** -9;

/**
 * The points of |x| < 1100 where `f` or a low derivative of it is discontinuous.
 *
 * A heuristic: bisection runs towards whatever 16 points cannot resolve. Functions that are noisy or oscillate fast exhaust
 * its budget; then the points found nearer to 0 are returned.
 */
export function findKinks(f: Scalar): number[] {
  let scale = largest(sample(f, -1, 1));
  const found: number[] = [];
  let budget = BUDGET;
  for (let edge = FIRST; edge < LAST; edge *= 2) {
    const shells = edge === FIRST ? [[-edge, edge]] : [[-edge, -edge / 2], [edge / 2, edge]];
    scale = shells.reduce((max, [a, b]) => Math.max(max, largest(sample(f, a, b))), scale);
    const leaves = shells.map(([a, b]) => bisect(f, a, b, scale, Math.min(budget, BUDGET / 4)));
    budget -= leaves.flat().length;
    if (budget <= 0 || leaves.some((shell) => shell.length === 0)) break;
    found.push(...leaves.flatMap(narrowest));
  }
  return [...new Set(found)].sort((a, b) => a - b);
}

/** The leaves of [a, b] from left to right, smooth to SMOOTH · `scale`; none if there are more than `budget`. */
function bisect(f: Scalar, a: number, b: number, scale: number, budget: number): Leaf[] {
  const leaves: Leaf[] = [];
  const stack = [[a, b]];
  while (stack.length > 0) {
    const [from, to] = stack.pop()!;
    const values = sample(f, from, to);
    const error = scale > 0 ? tail(expand(values)) / scale : 0;
    const finest = to - from < 1e-15 * Math.max(1, Math.abs(from) * 4);
    // NaN and overflow are no kinks: such stretches are left alone.
    if (!(error > SMOOTH) || finest) leaves.push({ from, to, error });
    else {
      const middle = from + SPLIT * (to - from);
      stack.push([middle, to], [from, middle]);
    }
    if (leaves.length + stack.length > budget) return [];
  }
  return leaves;
}

/** Of each run of narrow leaves the point that they close in on. */
function narrowest(leaves: Leaf[]): number[] {
  const width = (leaf: Leaf) => leaf.to - leaf.from;
  const narrow = NARROW * Math.max(...leaves.map(width));
  const points: number[] = [];
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
      points.push(simplest(best));
      best = undefined;
    }
  }
  return points;
}

/** The roundest number on a leaf or right beside it, since authors write kinks as 0, 0.5, 3 or 6. */
function simplest({ from, to }: Leaf): number {
  const middle = (from + to) / 2;
  const slack = 2 * (to - from) + 1e-14 * Math.abs(middle);
  const round = [1, 10, 100, 1000, 1024].map((unit) => Math.round(middle * unit) / unit);
  return round.find((x) => Math.abs(x - middle) <= slack) ?? middle;
}

/**
 * f⁽ᵐ⁾(at+) − f⁽ᵐ⁾(at−) for m = 0 … 5, from polynomials on both sides no wider than `room`; 0 where it is rounding.
 *
 * They need not be exact: whatever is subtracted is added back in closed form, and only the rest has to be smoother.
 */
export function jumpsAt(f: Scalar, at: number, room: number): number[] {
  const right = oneSided((r) => f(at + r), room);
  const left = oneSided((r) => f(at - r), room);
  return Array.from({ length: JUMP_ORDERS }, (_, m) => {
    const jump = right.derivatives[m] - (m % 2 ? -1 : 1) * left.derivatives[m];
    const width = Math.min(right.width, left.width);
    const visible = Math.abs(jump) * width ** m > 1e-12 * 60 ** m * Math.max(right.scale, left.scale);
    return visible ? rounded(jump, m) : 0;
  });
}

/** A jump of 9 digits if there is one within rounding: the jumps of ReLU and its like then cancel exactly. */
function rounded(jump: number, order: number): number {
  const short = Number(jump.toPrecision(9));
  return Math.abs(short - jump) <= Math.max(4e-14, 4e-15 * 50 ** order) * Math.abs(jump) ? short : jump;
}

/** The mean of the slopes on both sides of 0. */
export function slopeAtZero(f: Scalar): number {
  const [right, left] = [oneSided(f, 1), oneSided((r) => f(-r), 1)];
  return (right.derivatives[1] - left.derivatives[1]) / 2;
}

/** Derivatives at r = 0 of a function of r > 0; zeros if no width shows a smooth function. */
function oneSided(f: Scalar, room: number): { derivatives: number[]; width: number; scale: number } {
  for (let width = Math.min(16, room); width > 2 ** -16; width /= 2) {
    const values = sample(f, 0, width);
    const scale = largest(values);
    if (panelError(f, 0, width, values) <= 2e-14 * scale) {
      return { derivatives: leftDerivatives(expand(values), width, JUMP_ORDERS), width, scale };
    }
  }
  return { derivatives: new Array(JUMP_ORDERS).fill(0), width: 0, scale: 0 };
}

function largest(values: Float64Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
