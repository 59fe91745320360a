/** States of training on the squared loss, with or without momentum, exactly: in the eigenbasis of the train–train kernel. */
import { concatenate, NdArray } from "../array/mod.ts";
import { multiply } from "../linalg/products.ts";
import { GradientFlow } from "./gradient_flow.ts";
import type { Labels } from "./labels.ts";
import { minus, plus, scaleRows, weighted } from "./matrices.ts";
import { commonUnit, fromUnits, inUnits } from "./units.ts";
import { type Oscillation, oscillation } from "./oscillator.ts";
import type { TrainKernel } from "./train_kernel.ts";
import type { InitialState } from "./training_state.ts";

/** A row for each point, a column for each channel. */
type Matrix = NdArray<Float64Array>;

/** Where training starts: deviations from the targets and velocities in the eigenbasis, and the test points as they are. */
interface Start {
  readonly flow: GradientFlow;
  readonly train: { readonly outputs: Matrix; readonly error: Matrix; readonly velocity: Matrix | null };
  readonly test:
    | { readonly outputs: Matrix; readonly velocities: Matrix | null; readonly vectors: Matrix }
    | null;
}

/**
 * The states at times τ of f' = −K·(f − y)/N or, with friction c, of f'' = −K·(f − y)/N − c·f': outputs at training and at test
 * points and, with friction, their velocities. Directions in which K is 0 up to rounding do not train.
 */
export async function mseStates(
  train: TrainKernel,
  labels: Labels,
  initial: InitialState,
  friction: number | null,
  times: readonly number[],
): Promise<Float64Array[]> {
  const unit = commonUnit(labels.matrix, new NdArray(initial.state, [initial.state.length]));
  const start = await startOf(train, inUnits(labels.matrix, unit), initial, unit, friction !== null);
  const perOutput = train.kernel.unit / labels.matrix.size;
  return await Array.fromAsync(times, async (tau) => {
    if (tau === 0) return initial.state.slice();
    start.flow.requireResolved(start.train.error, friction === null ? tau : tau * tau);
    const parts = friction === null ? descended(start, tau) : swung(start, friction, perOutput, tau);
    const state = concatenate(await Promise.all(parts));
    return fromUnits(state, unit, "the outputs").data;
  });
}

async function startOf(
  train: TrainKernel,
  y: Matrix,
  { state, kernel }: InitialState,
  unit: number,
  withVelocity: boolean,
): Promise<Start> {
  const [n, channels] = y.shape;
  const points = kernel.shape[0];
  const rows = (from: number, to: number) =>
    inUnits(new NdArray(state.slice(from * channels, to * channels), [to - from, channels]), unit);
  const flow = await GradientFlow.of(train, y.size);
  const { spectrum } = flow;
  const outputs = rows(0, n);
  return {
    flow,
    train: {
      outputs,
      error: await spectrum.coordinates(minus(outputs, y)),
      velocity: withVelocity ? await spectrum.coordinates(rows(points, points + n)) : null,
    },
    test: points === n ? null : {
      outputs: rows(n, points),
      velocities: withVelocity ? rows(points + n, 2 * points) : null,
      vectors: await spectrum.testVectors(
        new NdArray(kernel.data.subarray(n * n), [points - n, n]) as NdArray,
      ),
    },
  };
}

/** Outputs after gradient descent without momentum. */
function descended({ flow, train, test }: Start, tau: number): Promise<Matrix>[] {
  const added = async (outputs: Matrix, vectors: Matrix, weights: Float64Array) =>
    minus(outputs, await weighted(vectors, weights, train.error));
  const parts = [added(train.outputs, flow.spectrum.vectors, flow.learned(tau))];
  if (test) parts.push(added(test.outputs, test.vectors, flow.carried(tau)));
  return parts;
}

/**
 * Outputs and velocities after gradient descent with momentum. Each direction of the training outputs is an oscillator with
 * ω² = λ/N; at test points K*·U/N times its deviation drives the outputs, which are slowed down by the friction alone.
 */
function swung(
  { flow, train, test }: Start,
  friction: number,
  perOutput: number,
  tau: number,
): Promise<Matrix>[] {
  const stiffness = flow.spectrum.values.map((value) => value * perOutput);
  const motions = Array.from(stiffness, (square) => oscillation(square, friction, tau));
  const weights = (of: (motion: Oscillation, j: number) => number) => Float64Array.from(motions, of);
  const inBasis = (error: Float64Array, velocity: Float64Array) =>
    plus(scaleRows(error, train.error), scaleRows(velocity, train.velocity!));
  const { vectors } = flow.spectrum;
  const moved = inBasis(
    weights(({ integral }, j) => -stiffness[j] * integral),
    weights(({ pulse }) => pulse),
  );
  const speed = inBasis(
    weights(({ pulse }, j) => -stiffness[j] * pulse),
    weights(({ pulseSlope }) => pulseSlope),
  );
  const outputs = multiply(vectors, moved).then((change) => plus(train.outputs, change));
  if (!test) return [outputs, multiply(vectors, speed)];
  const driven = async (free: Matrix, coordinates: Matrix) => {
    const change = await multiply(test.vectors, coordinates);
    return new NdArray(free.data.map((value, i) => value - perOutput * change.data[i]), free.shape);
  };
  const carried = inBasis(weights(({ integral }) => integral), weights(({ slowed }) => slowed));
  const driving = inBasis(weights(({ pulse }) => pulse), weights(({ slowedSlope }) => slowedSlope));
  const coasted = test.velocities!.data.map((q) => q * -Math.expm1(-friction * tau) / friction);
  const slowed = test.velocities!.data.map((q) => q * Math.exp(-friction * tau));
  const { shape } = test.outputs;
  return [
    outputs,
    driven(plus(test.outputs, new NdArray(coasted, shape)), carried),
    multiply(vectors, speed),
    driven(new NdArray(slowed, shape), driving),
  ];
}
