/** The explicit Runge–Kutta pair 5(4) of Dormand & Prince 1980. */
import { errorOf, type Method, type Tolerances } from "./integrate.ts";

/** Writes dy/dt at the state y into the second argument. */
export type Derivative = (y: Float64Array, dy: Float64Array) => Promise<void>;

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

/**
 * The method is stable for decays λ with λ·h up to 3.3, and steps limited by that hover around it; those limited by accuracy are
 * several times shorter.
 */
const UNSTABLE = 2;
/** So many such steps in a row are no accident; compare Hairer & Wanner, Solving Ordinary Differential Equations II, §IV.2. */
const STIFF_STEPS = 15;

/** The method; `slope` holds the derivative at the start. */
export class DormandPrince implements Method {
  readonly order = 5;
  readonly #derivative: Derivative;
  readonly #tolerances: Tolerances;
  /** From how many steps on another method is cheaper. */
  readonly #manySteps: number;
  readonly #k: readonly Float64Array[];
  /** The state of the last stage but one, which is as far as the new state. */
  readonly #sixth: Float64Array;
  readonly #seventh: Float64Array;
  #stiffSteps = 0;

  constructor(derivative: Derivative, slope: Float64Array, tolerances: Tolerances, manySteps: number) {
    this.#derivative = derivative;
    this.#tolerances = tolerances;
    this.#manySteps = manySteps;
    this.#k = [slope.slice(), ...Array.from({ length: STAGES.length }, () => new Float64Array(slope.length))];
    this.#sixth = new Float64Array(slope.length);
    this.#seventh = new Float64Array(slope.length);
  }

  async attempt(y: Float64Array, step: number, trial: Float64Array): Promise<number> {
    const k = this.#k;
    for (const [stage, weights] of STAGES.entries()) {
      if (stage === STAGES.length - 1) this.#sixth.set(trial);
      for (let i = 0; i < y.length; i++) trial[i] = y[i] + step * combine(weights, k, i);
      await this.#derivative(trial, k[stage + 1]);
    }
    this.#seventh.set(trial);
    return errorOf(y, trial, this.#tolerances, (i) => step * combine(ERROR, k, i));
  }

  accept(step: number): void {
    const [k6, k7] = this.#k.slice(-2);
    // Two states at one time: the difference of their derivatives shows how fast deviations decay.
    const isLimited = step * distance(k6, k7) > UNSTABLE * distance(this.#sixth, this.#seventh);
    this.#stiffSteps = isLimited ? this.#stiffSteps + 1 : 0;
    // The last stage is the derivative at the new state.
    this.#k[0].set(k7);
  }

  isTooSlow(step: number, rest: number): boolean {
    return this.#stiffSteps >= STIFF_STEPS && rest / step > this.#manySteps;
  }
}

function combine(weights: readonly number[], k: readonly Float64Array[], i: number): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += weights[j] * k[j][i];
  return sum;
}

function distance(a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return Math.sqrt(squares);
}
