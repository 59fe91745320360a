/** Outputs of a network before training, as the callers of the gradient descent predictions pass them. */
import { type ArrayInput, countOf, finiteArray, NdArray } from "../array/mod.ts";
import { type KernelName, type Kernels, ownKernel } from "./kernels.ts";
import type { Labels } from "./labels.ts";
import { testTrainMatrix } from "./kernel_matrix.ts";
import type { TrainKernel } from "./train_kernel.ts";

/** Outputs at training and test points; `null` where they were not asked for. */
export interface TrainedOutputs<A, B> {
  /** Outputs at the training points, shape [...times, ...points, channels]. */
  readonly fxTrain: A extends null ? null : NdArray<Float64Array>;
  /** Outputs at the test points, shape [...times, ...tests, channels]. */
  readonly fxTest: B extends null | undefined ? null : NdArray<Float64Array>;
}

/** A float64 copy of outputs given as an array of `shape`, or as one number for all of them. */
export function initialOutputs(
  input: ArrayInput,
  shape: readonly number[],
  name: string,
): NdArray<Float64Array> {
  const a = finiteArray(input, name);
  const size = countOf(shape);
  if (a.shape.length === 0) return new NdArray(new Float64Array(size).fill(a.data[0]), shape);
  if (a.shape.length !== shape.length || a.shape.some((axis, i) => axis !== shape[i])) {
    throw new TypeError(
      `Cannot predict as ${name} must be a number or have the shape [${shape.join(", ")}]: ` +
        `current value is [${a.shape.join(", ")}]`,
    );
  }
  return new NdArray(new Float64Array(a.data), shape);
}

/** Outputs before training and, for test points, the kernel that connects them to the training points. */
export interface Start {
  readonly fxTrain: NdArray<Float64Array> | null;
  readonly test: { readonly fx: NdArray<Float64Array>; readonly kernel: NdArray } | null;
}

/** The part of a query that says where to predict and what training starts from. */
export interface StartQuery<A, B> {
  /**
   * Outputs at the training points before training: an array of the shape of `yTrain` or one number. `null` stands
   * for 0, and leaves the training outputs out of the result. Default 0.
   */
  readonly fxTrain0?: A;
  /**
   * Outputs at the test points before training, shape [...tests, channels] or one number. Default `null`: no test
   * outputs.
   */
  readonly fxTest0?: B;
  /** Test–train kernel, shape [tests, trains], one array or a record as `kTrainTrain`; needed for test outputs. */
  readonly kTestTrain?: Kernels | null;
}

/** The names of `StartQuery` and their defaults. */
export const startDefaults: StartQuery<ArrayInput | null, ArrayInput | null> = {
  fxTrain0: 0,
  fxTest0: null,
  kTestTrain: null,
};

/** What a query starts from, checked against the training points; of kernels by name, the one called `get`. */
export function startOf(
  { fxTrain0 = 0, fxTest0 = null, kTestTrain = null }: StartQuery<ArrayInput | null, ArrayInput | null>,
  train: TrainKernel,
  labels: Labels,
  get: KernelName,
): Start {
  if (fxTrain0 === null && fxTest0 === null) {
    throw new TypeError(
      "Cannot predict as fxTrain0 or fxTest0 must be given: current value is null for both",
    );
  }
  const fxTrain = fxTrain0 === null ? null : initialOutputs(fxTrain0, labels.shape, "fxTrain0");
  if (fxTest0 === null && kTestTrain === null) return { fxTrain, test: null };
  if (kTestTrain === null) {
    throw new TypeError("Cannot predict as kTestTrain must be given with fxTest0: current value is null");
  }
  if (fxTest0 === null) {
    throw new TypeError(
      "Cannot predict as fxTest0 must be given with kTestTrain: current value is null, write 0 for the mean of networks",
    );
  }
  const { matrix, rows } = testTrainMatrix(ownKernel(kTestTrain, get, "kTestTrain"), get, train.kernel);
  return {
    fxTrain,
    test: { fx: initialOutputs(fxTest0, [...rows, labels.channels], "fxTest0"), kernel: matrix },
  };
}
