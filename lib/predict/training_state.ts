/** The state of training with any loss: outputs at training and test points and, with momentum, their velocities. */
import { type ArrayInput, concatenate, NdArray } from "../array.ts";
import { initialOutputs, requireOutputs, type TrainedOutputs } from "./initial_outputs.ts";
import type { Labels } from "./labels.ts";
import { testTrainMatrix } from "./posterior.ts";
import type { TrainKernel } from "./train_kernel.ts";

/** When and where to predict, and the state that training starts from. */
export interface GradientDescentQuery<A, B> {
  /** Number of training steps, a number or an array in increasing order, fractions allowed. */
  readonly t: ArrayInput;
  /** Outputs at the training points before training: an array of the shape of `yTrain` or one number; `null` for 0, and no training outputs in the result. Default 0. */
  readonly fxTrain0?: A;
  /** Outputs at the test points before training, shape [...tests, channels] or one number. Default `null`: no test outputs. */
  readonly fxTest0?: B;
  /** Velocities of the training outputs, to resume training with momentum. Default 0. */
  readonly qxTrain0?: ArrayInput;
  /** Velocities of the test outputs, likewise. Default 0. */
  readonly qxTest0?: ArrayInput;
  /** Test–train kernel, shape [tests, trains]; needed for test outputs. */
  readonly kTestTrain?: ArrayInput | null;
}

/** Outputs, and with momentum their velocities df/dτ: the state from which training can be resumed. */
export interface TrainingState<A, B> extends TrainedOutputs<A, B> {
  /** Velocities at the training points, `null` without momentum. */
  readonly qxTrain: NdArray<Float64Array> | null;
  /** Velocities at the test points, `null` without momentum or test outputs. */
  readonly qxTest: NdArray<Float64Array> | null;
}

/** A query for any outputs. */
export type Query = GradientDescentQuery<ArrayInput | null, ArrayInput | null>;

type State = Record<"fxTrain" | "fxTest" | "qxTrain" | "qxTest", NdArray<Float64Array> | null>;

/** The state at time 0, and how it relates to arrays. */
interface Start {
  /** Outputs at training points, then at test points, then their velocities in the same order. */
  readonly state: Float64Array;
  /** Train–train kernel above the test–train kernel. */
  readonly kernel: NdArray;
  /** The arrays of a state; what was not asked for is `null`. */
  readonly unpack: (state: Float64Array) => State;
}

/** The state that a query starts from. */
export function startOf(query: Query, train: TrainKernel, labels: Labels, withVelocity: boolean): Start {
  const { fxTrain0 = 0, fxTest0 = null, qxTrain0 = 0, qxTest0 = 0, kTestTrain = null } = query;
  requireOutputs(fxTrain0, fxTest0, kTestTrain);
  if (!withVelocity && (qxTrain0 !== 0 || qxTest0 !== 0)) {
    throw new TypeError(
      "Cannot predict as momentum must be given with qxTrain0 or qxTest0: current value is null",
    );
  }
  const test = kTestTrain === null || fxTest0 === null ? null : testTrainMatrix(kTestTrain, "ntk", train);
  const parts = [["fxTrain", initialOutputs(fxTrain0 ?? 0, labels.shape, "fxTrain0")]] as [
    keyof State,
    NdArray,
  ][];
  const testShape = test && [...test.rows, labels.channels];
  if (testShape) parts.push(["fxTest", initialOutputs(fxTest0!, testShape, "fxTest0")]);
  if (withVelocity) parts.push(["qxTrain", initialOutputs(qxTrain0, labels.shape, "qxTrain0")]);
  if (withVelocity && testShape) parts.push(["qxTest", initialOutputs(qxTest0, testShape, "qxTest0")]);
  const { matrix } = train.kernel;
  return {
    state: concatenate(parts.map(([, { data, size }]) => new NdArray(data, [size]))).data as Float64Array,
    kernel: test ? concatenate([matrix, test.matrix]) : matrix,
    unpack: (state) => ({ ...unpack(state, parts), ...(fxTrain0 === null && { fxTrain: null }) }),
  };
}

function unpack(state: Float64Array, parts: readonly [keyof State, NdArray][]): State {
  const arrays: State = { fxTrain: null, fxTest: null, qxTrain: null, qxTest: null };
  let offset = 0;
  for (const [key, { size, shape }] of parts) {
    arrays[key] = new NdArray(state.slice(offset, offset + size), shape);
    offset += size;
  }
  return arrays;
}
