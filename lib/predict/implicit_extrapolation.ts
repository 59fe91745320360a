/** Linearly implicit Euler steps, extrapolated to order 6: for equations whose deviations decay much faster than they change. */
import { errorOf, type Method, type Tolerances } from "./integrate.ts";

/**
 * A system near one state: for a step h, what solves (I − h·J)·δ = h·f(y) for δ, J being the derivative of f at that state;
 * `null` where that is singular.
 */
export interface Linearized {
  readonly stepper: (h: number) => Promise<((y: Float64Array) => Promise<Float64Array>) | null>;
}

/** Numbers of Euler steps in a step. */
const DIVISIONS = [2, 3, 4, 5, 6, 7];

/**
 * The method: errors of h/n Euler steps have an expansion in h/n, of which the table of Aitken and Neville removes a term a
 * column; Deuflhard 1985, "Recent progress in extrapolation methods for ordinary differential equations". Stable for any decay.
 */
export class ImplicitExtrapolation implements Method {
  readonly order = DIVISIONS.length;
  readonly #linearize: (y: Float64Array) => Promise<Linearized>;
  readonly #tolerances: Tolerances;
  /** The system at the current state, also for the next try from there. */
  #system: Promise<Linearized> | null = null;

  constructor(linearize: (y: Float64Array) => Promise<Linearized>, tolerances: Tolerances) {
    this.#linearize = linearize;
    this.#tolerances = tolerances;
  }

  async attempt(y: Float64Array, step: number, trial: Float64Array): Promise<number> {
    const system = await (this.#system ??= this.#linearize(y));
    let row: Float64Array[] = [];
    for (const [j, n] of DIVISIONS.entries()) {
      const euler = await eulerSteps(system, y, step / n, n);
      if (euler === null) return Infinity;
      row = nextRow(euler, row, j);
    }
    const [before, last] = row.slice(-2);
    trial.set(last);
    return errorOf(y, trial, this.#tolerances, (i) => last[i] - before[i]);
  }

  accept(): void {
    this.#system = null;
  }

  isTooSlow(): boolean {
    return false;
  }
}

async function eulerSteps(system: Linearized, y: Float64Array, h: number, count: number) {
  const advance = await system.stepper(h);
  if (advance === null) return null;
  const state = y.slice();
  for (let k = 0; k < count; k++) {
    const change = await advance(state);
    for (let i = 0; i < state.length; i++) state[i] += change[i];
  }
  return state;
}

/** The next row of the table, which starts with `euler`. */
function nextRow(euler: Float64Array, previous: readonly Float64Array[], j: number): Float64Array[] {
  const row = [euler];
  for (const [k, above] of previous.entries()) {
    const factor = DIVISIONS[j] / DIVISIONS[j - 1 - k] - 1;
    row.push(row[k].map((value, i) => value + (value - above[i]) / factor));
  }
  return row;
}
