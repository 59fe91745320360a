/**
 * Minimization within bounds by a quasi-Newton method of limited memory: L-BFGS (Nocedal & Wright 2006, algorithm 7.4) on the variables
 * that are not held at a bound, with steps that are projected onto the bounds (Bertsekas 1982, "Projected Newton methods for
 * optimization problems with simple constraints").
 */

/** A function's value and gradient at a point. */
export interface Slope {
  /** May be infinite or no number, where the function is not defined: steps there are shortened */
  readonly value: number;
  readonly gradient: ArrayLike<number>;
}

/** A point that a step was accepted to. */
export interface Step extends Slope {
  readonly point: readonly number[];
  readonly iteration: number;
}

/** Where to look, and when to stop. */
export interface MinimizeOptions {
  /** The lowest and the highest value of each variable, which may be infinite. */
  readonly bounds: readonly (readonly [low: number, high: number])[];
  /** Steps at most; default 100. */
  readonly maxIterations?: number;
  /** The largest entry of the projected gradient that counts as 0; default 1e-6. */
  readonly tolerance?: number;
  /** Called with the start and with each point that a step leads to. */
  readonly onStep?: (step: Step) => void;
}

/** Where the search ended. */
export interface Minimum extends Step {
  /** The projected gradient is 0 to the tolerance, or no shorter step lowers the value beyond rounding */
  readonly converged: boolean;
}

/** Pairs of steps and changes of the gradient that are remembered. */
const MEMORY = 10;
/** What a step must gain, as a share of what the gradient promises. */
const ARMIJO = 1e-4;
/** A step is shortened so often, to a millionth of itself at least. */
const MOST_TRIALS = 20;

/** One step and what it changed. */
interface Pair {
  readonly step: readonly number[];
  readonly change: readonly number[];
}

/**
 * A local minimum of `evaluate` from `start` on, whose value there must be finite.
 *
 * @example A bound that holds
 * ```ts
 * import assert from "node:assert/strict";
 * import { minimize } from "./lbfgs.ts";
 *
 * const square = ([x, y]: readonly number[]) => ({ value: (x - 3) ** 2 + y ** 2, gradient: [2 * (x - 3), 2 * y] });
 * const { point, converged } = await minimize(square, [0, 1], { bounds: [[-1, 1], [-1, 1]] });
 * assert.ok(converged && point[0] === 1 && Math.abs(point[1]) < 1e-6);
 * ```
 */
export async function minimize(
  evaluate: (point: readonly number[]) => Slope | Promise<Slope>,
  start: readonly number[],
  { bounds, maxIterations = 100, tolerance = 1e-6, onStep }: MinimizeOptions,
): Promise<Minimum> {
  const clipped = (point: readonly number[]) =>
    point.map((x, i) => Math.min(Math.max(x, bounds[i][0]), bounds[i][1]));
  const first = clipped(start);
  let current: Step = { point: first, ...await evaluate(first), iteration: 0 };
  onStep?.(current);
  let pairs: readonly Pair[] = [];
  for (;;) {
    const { point, gradient, iteration } = current;
    const projected = clipped(point.map((x, i) => x - gradient[i])).map((x, i) => x - point[i]);
    if (projected.every((entry) => Math.abs(entry) <= tolerance)) return { ...current, converged: true };
    if (iteration >= maxIterations) return { ...current, converged: false };
    const isFree = (i: number) => projected[i] !== 0;
    const next = await search(evaluate, current, directionOf(gradient, pairs, isFree), clipped) ??
      // What is remembered may mislead, the gradient does not.
      (pairs.length > 0 ? await search(evaluate, current, directionOf(gradient, [], isFree), clipped) : null);
    if (!next) return { ...current, converged: true };
    pairs = remembered(pairs, current, next);
    current = next;
    onStep?.(current);
  }
}

/** −H·g on the free variables, 0 on the others, with H of the pairs; of none, a step of length 1 at most. */
function directionOf(
  gradient: ArrayLike<number>,
  pairs: readonly Pair[],
  isFree: (i: number) => boolean,
): number[] {
  const free = (values: ArrayLike<number>) => Array.from(values, (value, i) => isFree(i) ? value : 0);
  const curved = pairs.map(({ step, change }) => ({ step: free(step), change: free(change) }))
    .filter(({ step, change }) => isCurved(step, change));
  const direction = free(gradient).map((entry) => -entry);
  if (curved.length === 0) {
    const size = Math.sqrt(inner(direction, direction));
    return direction.map((entry) => entry / Math.max(1, size));
  }
  const shares: number[] = [];
  for (const { step, change } of curved.toReversed()) {
    const share = inner(step, direction) / inner(step, change);
    add(direction, -share, change);
    shares.push(share);
  }
  const { step, change } = curved[curved.length - 1];
  const scale = inner(step, change) / inner(change, change);
  for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  for (const { step, change } of curved) {
    add(direction, shares.pop()! - inner(change, direction) / inner(step, change), step);
  }
  return direction;
}

/** The first point along the projected direction, of shorter and shorter steps, that gains enough; null if none does. */
async function search(
  evaluate: (point: readonly number[]) => Slope | Promise<Slope>,
  { point, value, gradient, iteration }: Step,
  direction: readonly number[],
  clipped: (point: readonly number[]) => number[],
): Promise<Step | null> {
  let length = 1;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const next = clipped(point.map((x, i) => x + length * direction[i]));
    const promised = next.reduce((sum, x, i) => sum + gradient[i] * (x - point[i]), 0);
    // Of a step that small rounding decides.
    if (next.every((x, i) => x === point[i]) || !(promised < 0)) return null;
    const found = await evaluate(next);
    if (
      found.value <= value + ARMIJO * promised && found.value < value &&
      Array.from(found.gradient).every(Number.isFinite)
    ) {
      return { point: next, ...found, iteration: iteration + 1 };
    }
    // The minimum of the parabola through both values, with the slope at the start.
    const best = -promised / (2 * (found.value - value - promised));
    length *= Number.isFinite(found.value) ? Math.min(Math.max(best, 0.1), 0.5) : 0.25;
  }
  return null;
}

/** The pairs with the newest one, if the function curves upwards along it. */
function remembered(pairs: readonly Pair[], before: Step, after: Step): readonly Pair[] {
  const step = after.point.map((x, i) => x - before.point[i]);
  const change = step.map((_, i) => after.gradient[i] - before.gradient[i]);
  return isCurved(step, change) ? [...pairs, { step, change }].slice(-MEMORY) : pairs;
}

/** sᵀy > 0, beyond rounding. */
const isCurved = (step: readonly number[], change: readonly number[]): boolean =>
  inner(step, change) > 1e-10 * Math.sqrt(inner(step, step) * inner(change, change));

const inner = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * y[i], 0);

/** x + factor·y, in place of x. */
function add(x: number[], factor: number, y: readonly number[]): void {
  for (let i = 0; i < x.length; i++) x[i] += factor * y[i];
}
