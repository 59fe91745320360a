/** Ordinary differential equations with adaptive steps: explicit ones as long as these pay, then implicit ones. */
import { breather } from "../pause.ts";

/** A step is accepted if its error is at most atol + rtol·|y|, root mean square over the entries. */
export interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
}

/** A one-step method. */
export interface Method {
  /** The error of a step grows with this power of its length. */
  readonly order: number;
  /** Tries a step from y into `trial`, and returns its error in units of the tolerance. */
  readonly attempt: (y: Float64Array, step: number, trial: Float64Array) => Promise<number>;
  /** Learns that the step was accepted. */
  readonly accept: (step: number) => void;
  /** Whether another method would take fewer operations for the rest of the time. */
  readonly isTooSlow: (step: number, rest: number) => boolean;
}

/** A way to integrate an equation. */
export interface Integration {
  readonly explicit: Method;
  /** Takes over where the explicit method is too slow. */
  readonly implicit: Method;
  /** The first step to try, as of `firstStep`. */
  readonly firstStep: number;
  readonly signal?: AbortSignal;
}

/** States of y' = f(y) at increasing times, starting from `start` at time 0. */
export async function integrate(
  { explicit, implicit, firstStep, signal }: Integration,
  start: Float64Array,
  times: readonly number[],
): Promise<Float64Array[]> {
  const trial = new Float64Array(start.length);
  const y = start.slice();
  const breathe = breather({ signal });
  let method = explicit;
  let t = 0;
  let h = firstStep;
  if (!(h > 0)) throw stuck(t);
  const states: Float64Array[] = [];
  for (const end of times) {
    while (t < end) {
      await breathe();
      const step = Math.min(h, end - t);
      if (t + step === t) throw stuck(t);
      const error = await method.attempt(y, step, trial);
      const next = step * nextFactor(error, method.order);
      if (error <= 1) {
        t = step === end - t ? end : t + step;
        y.set(trial);
        method.accept(step);
        // A step cut short by `end` says nothing against the longer one.
        h = Math.max(next, step < h ? h : 0);
        if (method.isTooSlow(step, times[times.length - 1] - t)) method = implicit;
      } else h = next;
    }
    states.push(y.slice());
  }
  return states;
}

/** Factor to the step with an expected error of 0.9ᵒʳᵈᵉʳ of the tolerance; an error that overflowed shrinks the step. */
function nextFactor(error: number, order: number): number {
  return Number.isFinite(error) ? Math.min(10, Math.max(0.2, 0.9 * error ** (-1 / order))) : 0.2;
}

/** A first step over which the state changes by about a hundredth of itself, or of the tolerance near 0. */
export function firstStep(y: Float64Array, dy: Float64Array, tolerances: Tolerances): number {
  let size = 0, slope = 0;
  for (let i = 0; i < y.length; i++) {
    const scale = scaleOf(Math.abs(y[i]), tolerances);
    size += (y[i] / scale) ** 2;
    slope += (dy[i] / scale) ** 2;
  }
  return 0.01 * Math.max(1, Math.sqrt(size / y.length)) / Math.sqrt(slope / y.length);
}

/** The error of a step from y to `trial` in units of the tolerance. */
export function errorOf(
  y: Float64Array,
  trial: Float64Array,
  tolerances: Tolerances,
  error: (i: number) => number,
): number {
  let squares = 0;
  for (let i = 0; i < y.length; i++) {
    squares += (error(i) / scaleOf(Math.max(Math.abs(y[i]), Math.abs(trial[i])), tolerances)) ** 2;
  }
  return Math.sqrt(squares / y.length);
}

function scaleOf(magnitude: number, { rtol, atol }: Tolerances): number {
  return atol + rtol * magnitude;
}

function stuck(t: number): RangeError {
  return new RangeError(
    `Cannot predict as the outputs must stay finite: current value is not at t = ${t} (in units of the learning rate); ` +
      `lower the learning rate or check the gradient of the loss`,
  );
}
