/** The differential equation of training with any loss, and its linearization. */
import { type ArrayInput, NdArray, toArray } from "../array/mod.ts";
import { breather } from "../pause.ts";
import { lu } from "../linalg/lu.ts";
import { toFloat64 } from "../linalg/matmul.ts";
import { EPSILON } from "../linalg/precision.ts";
import { multiply } from "../linalg/products.ts";
import { largest } from "../linalg/symmetric.ts";
import { type Derivative, DormandPrince } from "./dormand_prince.ts";
import { ImplicitExtrapolation, type Linearized } from "./implicit_extrapolation.ts";
import { firstStep, integrate, type Integration, type Tolerances } from "./integrate.ts";
import { requireAxes } from "./kernel_matrix.ts";
import type { Labels } from "./labels.ts";
import type { InitialState } from "./training_state.ts";
import { fromUnits } from "./units.ts";

/** Gradient ∂L/∂f of a loss L(f, y) at the outputs f, in the shape of the targets y. */
export type LossGradient = (fx: NdArray<Float64Array>, y: NdArray<Float64Array>) => ArrayInput;

/** f' = −K·∂L/∂f or, with friction c, f'' = −K·∂L/∂f − c·f'; K has the rows of training points above those of test points. */
export interface LossFlow {
  readonly gradient: LossGradient;
  readonly kernel: NdArray<Float64Array>;
  readonly labels: Labels;
  readonly friction: number | null;
}

/** How exactly to integrate, and what stops it. */
export interface Settings extends Tolerances {
  readonly signal?: AbortSignal;
}

/** The states of training at increasing times. */
export async function lossStates(
  loss: Omit<LossFlow, "kernel">,
  { state, kernel, unit }: InitialState,
  times: readonly number[],
  settings: Settings,
): Promise<Float64Array[]> {
  const flow = { ...loss, kernel: fromUnits(toFloat64(kernel), unit, "the kernel") };
  return await integrate(await integrationOf(flow, state, settings), state, times);
}

/** How to integrate the equation from `start`. */
async function integrationOf(flow: LossFlow, start: Float64Array, settings: Settings): Promise<Integration> {
  const { signal, ...tolerances } = settings;
  const derivative = derivativeOf(flow);
  const slope = new Float64Array(start.length);
  await derivative(start, slope);
  return {
    explicit: new DormandPrince(derivative, slope, tolerances, manySteps(flow)),
    implicit: new ImplicitExtrapolation((y) => linearize(flow, derivative, y, signal), tolerances),
    firstStep: firstStep(start, slope, tolerances),
    signal,
  };
}

/** Implicit steps that a problem usually takes, and what they and explicit ones cost: six factorizations, six products with K. */
const IMPLICIT_STEPS = 100;

/** From how many explicit steps on implicit ones are cheaper. */
function manySteps({ kernel, labels: { matrix } }: LossFlow): number {
  const factorization = matrix.size ** 3 / 3 + kernel.shape[0] * matrix.size ** 2;
  const product = kernel.size * matrix.shape[1];
  return IMPLICIT_STEPS * Math.max(1, factorization / product);
}

/** ∂L/∂f at the training outputs, with which a state starts, as a matrix. */
function slopeAt({ gradient, labels }: LossFlow, state: Float64Array): NdArray {
  const y = new NdArray(labels.matrix.data, labels.shape);
  const slope = toArray(
    gradient(new NdArray(state.slice(0, y.size), y.shape), y),
    "the gradient of the loss",
  );
  requireAxes(slope.shape, y.shape, "the shape of the gradient of the loss");
  return new NdArray(slope.data, labels.matrix.shape);
}

/** The right-hand side for the state (f) or, with friction, (f, f'). */
function derivativeOf(flow: LossFlow): Derivative {
  const size = flow.kernel.shape[0] * flow.labels.channels;
  return async (state, change) => {
    const { data: pull } = await multiply(flow.kernel, slopeAt(flow, state));
    if (flow.friction === null) {
      for (let i = 0; i < size; i++) change[i] = -pull[i];
      return;
    }
    change.set(state.subarray(size));
    for (let i = 0; i < size; i++) change[size + i] = -pull[i] - flow.friction * state[size + i];
  };
}

/**
 * The system at `state`. Only training outputs act on others, so that the system to solve has their number n:
 * (I − h·J)·δ = h·f or, with friction, ((1 + h·c)·I − h²·J)·δ' = h·f' + h²·J·f for the velocities, J = −K·∂²L/∂f².
 */
async function linearize(
  flow: LossFlow,
  derivative: Derivative,
  state: Float64Array,
  signal?: AbortSignal,
): Promise<Linearized> {
  const { kernel, labels, friction } = flow;
  const n = labels.matrix.size;
  const size = kernel.shape[0] * labels.channels;
  const pull = (await multiply(kernel, await hessianAt(flow, state, signal))).data;
  const change = new Float64Array(state.length);
  /** What −J·v is in row i. */
  const pulled = (v: Float64Array, i: number) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += pull[i * n + j] * v[j];
    return sum;
  };
  const solver = async (diagonal: number, factor: number) => {
    const matrix = Float64Array.from(pull.subarray(0, n * n), (value) => factor * value);
    for (let i = 0; i < n; i++) matrix[i * n + i] += diagonal;
    return await lu(matrix, n, { signal });
  };
  const first = async (h: number) => {
    const solve = await solver(1, h);
    return solve && (async (y: Float64Array) => {
      await derivative(y, change);
      const train = solve(change.subarray(0, n).map((value) => h * value));
      return change.map((value, i) => i < n ? train[i] : h * (value - pulled(train, i)));
    });
  };
  const second = async (h: number, c: number) => {
    const solve = await solver(1 + h * c, h * h);
    return solve && (async (y: Float64Array) => {
      await derivative(y, change);
      const velocity = change.subarray(0, n);
      const train = solve(
        Float64Array.from(velocity, (_, i) => h * (change[size + i] - h * pulled(velocity, i))),
      );
      const moved = train.map((value, i) => h * (velocity[i] + value));
      const result = new Float64Array(change.length);
      for (let i = 0; i < size; i++) {
        const faster = i < n ? train[i] : h * (change[size + i] - pulled(moved, i)) / (1 + h * c);
        result[size + i] = faster;
        result[i] = h * (change[i] + faster);
      }
      return result;
    });
  };
  return { stepper: (h) => friction === null ? first(h) : second(h, friction) };
}

/** ∂²L/∂f² by differences, shape [points, channels × n]: the gradient at training outputs as one of them changes. */
async function hessianAt(
  flow: LossFlow,
  state: Float64Array,
  signal?: AbortSignal,
): Promise<NdArray<Float64Array>> {
  const breathe = breather({ signal });
  const { shape: [points, channels], size: n } = flow.labels.matrix;
  const outputs = state.slice(0, n);
  // Copied, as a gradient may return one array again and again.
  const { dtype, data } = slopeAt(flow, outputs);
  const at = data.slice();
  const scale = largest(outputs) || 1;
  const hessian = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    await breathe();
    const before = outputs[j];
    outputs[j] += Math.sqrt(EPSILON[dtype]) * Math.max(Math.abs(before), 1e-3 * scale);
    const slope = slopeAt(flow, outputs).data;
    for (let i = 0; i < n; i++) hessian[i * n + j] = (slope[i] - at[i]) / (outputs[j] - before);
    outputs[j] = before;
  }
  return new NdArray(hessian, [points, channels * n]);
}
