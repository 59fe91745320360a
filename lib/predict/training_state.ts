/** The state of training with any loss: outputs at training and test points and, with momentum, their velocities. */
import { type ArrayInput, concatenate, NdArray, reshape, zeros } from "../array/mod.ts";
import {
  initialOutputs,
  startDefaults,
  startOf,
  type StartQuery,
  type TrainedOutputs,
} from "./initial_outputs.ts";
import type { KernelName } from "./kernels.ts";
import type { Labels } from "./labels.ts";
import type { TrainKernel } from "./train_kernel.ts";

/** When and where to predict, and the state that training starts from. */
export interface GradientDescentQuery<A, B> extends StartQuery<A, B> {
  /** Number of training steps, a number or an array in increasing order, fractions allowed. */
  readonly t: ArrayInput;
  /** Velocities of the training outputs, to resume training with momentum. Default 0. */
  readonly qxTrain0?: ArrayInput | null;
  /** Velocities of the test outputs, likewise. Default 0. */
  readonly qxTest0?: ArrayInput | null;
  /** Stops the prediction, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
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

/** The names of a query and their defaults; there is none for the time. */
export const queryDefaults: Partial<Query> = {
  t: undefined,
  ...startDefaults,
  qxTrain0: null,
  qxTest0: null,
  signal: undefined,
};

type State = Record<"fxTrain" | "fxTest" | "qxTrain" | "qxTest", NdArray<Float64Array> | null>;

interface Part {
  readonly key: keyof State;
  readonly initial: NdArray<Float64Array>;
}

/** The state at time 0, and how it relates to arrays. */
export interface InitialState {
  /** Outputs at training points, then at test points, then their velocities in the same order. */
  readonly state: Float64Array;
  /** Train–train kernel above the test–train kernel, divided by `unit`. */
  readonly kernel: NdArray;
  readonly unit: number;
  /** The arrays of a state; what was not asked for is `null`. */
  readonly unpack: (state: Float64Array) => State;
}

/** The state that a query starts from. */
export function initialState(
  query: Query,
  train: TrainKernel,
  labels: Labels,
  { get, withVelocity }: { readonly get: KernelName; readonly withVelocity: boolean },
): InitialState {
  const { fxTrain, test } = startOf(query, train, labels, get);
  const parts: Part[] = [{ key: "fxTrain", initial: fxTrain ?? zeros(labels.shape) }];
  if (test) parts.push({ key: "fxTest", initial: test.fx });
  parts.push(...velocities(query, parts, withVelocity));
  const { matrix, unit } = train.kernel;
  return {
    state: concatenate(parts.map(({ initial }) => reshape(initial, [initial.size]))).data,
    kernel: test ? concatenate([matrix, test.kernel]) : matrix,
    unit,
    unpack: (state) => fxTrain ? unpack(state, parts) : { ...unpack(state, parts), fxTrain: null },
  };
}

/** A velocity for each of the outputs, none without momentum. */
function velocities(
  { qxTrain0 = null, qxTest0 = null }: Query,
  outputs: readonly Part[],
  withVelocity: boolean,
): Part[] {
  if (withVelocity) {
    return outputs.map(({ key, initial: { shape } }) =>
      key === "fxTrain"
        ? { key: "qxTrain", initial: initialOutputs(qxTrain0 ?? 0, shape, "qxTrain0") }
        : { key: "qxTest", initial: initialOutputs(qxTest0 ?? 0, shape, "qxTest0") }
    );
  }
  if (qxTrain0 === null && qxTest0 === null) return [];
  throw new TypeError(
    "Cannot predict as momentum must be given with qxTrain0 or qxTest0: current value is null",
  );
}

function unpack(state: Float64Array, parts: readonly Part[]): State {
  const arrays: State = { fxTrain: null, fxTest: null, qxTrain: null, qxTest: null };
  let offset = 0;
  for (const { key, initial: { size, shape } } of parts) {
    arrays[key] = new NdArray(state.slice(offset, offset + size), shape);
    offset += size;
  }
  return arrays;
}
