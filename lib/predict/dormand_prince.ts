/** Ordinary differential equations by the adaptive Runge–Kutta pair 5(4) of Dormand & Prince 1980. */

/** Writes dy/dt at the state y into the second argument. */
export type Derivative = (y: Float64Array, dy: Float64Array) => Promise<void>;

/** A step is accepted if its error is at most atol + rtol·|y|, root mean square over the entries. */
export interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
}

/** Weights of the earlier derivatives in each stage; the last row is the step itself, of order 5. */
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** Difference of the steps of order 5 and 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/** States of y' = f(y) at increasing times, starting from `start` at time 0. */
export async function dormandPrince(
  derivative: Derivative,
  start: Float64Array,
  times: readonly number[],
  tolerances: Tolerances,
): Promise<Float64Array[]> {
  const k = Array.from({ length: ERROR.length }, () => new Float64Array(start.length));
  const trial = new Float64Array(start.length);
  const y = start.slice();
  await derivative(y, k[0]);
  let t = 0;
  let h = firstStep(y, k[0], tolerances);
  if (!(h > 0)) throw stuck(t);
  const states: Float64Array[] = [];
  for (const end of times) {
    while (t < end) {
      const step = Math.min(h, end - t);
      if (t + step === t) throw stuck(t);
      const error = await tryStep(derivative, y, k, step, trial, tolerances);
      const next = step * nextFactor(error);
      if (error <= 1) {
        t = step === end - t ? end : t + step;
        y.set(trial);
        // The last stage is the derivative at the new state.
        k[0].set(k[6]);
        // A step cut short by `end` says nothing against the longer one.
        h = Math.max(next, step < h ? h : 0);
      } else h = next;
    }
    states.push(y.slice());
  }
  return states;
}

/** Takes one step into `trial` and returns its error in units of the tolerance. */
async function tryStep(
  derivative: Derivative,
  y: Float64Array,
  k: readonly Float64Array[],
  step: number,
  trial: Float64Array,
  tolerances: Tolerances,
): Promise<number> {
  for (const [stage, weights] of STAGES.entries()) {
    for (let i = 0; i < y.length; i++) trial[i] = y[i] + step * combine(weights, k, i);
    await derivative(trial, k[stage + 1]);
  }
  let squares = 0;
  for (let i = 0; i < y.length; i++) {
    squares +=
      (step * combine(ERROR, k, i) / scaleOf(Math.max(Math.abs(y[i]), Math.abs(trial[i])), tolerances)) ** 2;
  }
  return Math.sqrt(squares / y.length);
}

function combine(weights: readonly number[], k: readonly Float64Array[], i: number): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += weights[j] * k[j][i];
  return sum;
}

/** Factor to the step with an expected error of 0.9⁵ of the tolerance; an error that overflowed shrinks the step. */
function nextFactor(error: number): number {
  return Number.isFinite(error) ? Math.min(10, Math.max(0.2, 0.9 * error ** -0.2)) : 0.2;
}

/** A first step over which the state changes by about a hundredth of itself, or of the tolerance near 0. */
function firstStep(y: Float64Array, dy: Float64Array, tolerances: Tolerances): number {
  let size = 0, slope = 0;
  for (let i = 0; i < y.length; i++) {
    const scale = scaleOf(Math.abs(y[i]), tolerances);
    size += (y[i] / scale) ** 2;
    slope += (dy[i] / scale) ** 2;
  }
  return 0.01 * Math.max(1, Math.sqrt(size / y.length)) / Math.sqrt(slope / y.length);
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
