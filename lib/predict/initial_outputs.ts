/** Outputs of a network before training, as the callers of the gradient descent predictions pass them. */
import { type ArrayInput, assertFinite, NdArray, toArray } from "../array.ts";

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
  const a = toArray(input, name);
  assertFinite(a, name);
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (a.shape.length === 0) return new NdArray(new Float64Array(size).fill(a.data[0]), shape);
  if (a.shape.length !== shape.length || a.shape.some((axis, i) => axis !== shape[i])) {
    throw new TypeError(
      `Cannot predict as ${name} must be a number or have the shape [${shape.join(", ")}]: ` +
        `current value is [${a.shape.join(", ")}]`,
    );
  }
  return new NdArray(new Float64Array(a.data), shape);
}

/** Refuses a request that asks for nothing, or for test outputs without the kernel that reaches them. */
export function requireOutputs(fxTrain0: unknown, fxTest0: unknown, kTestTrain: unknown): void {
  if (fxTrain0 === null && fxTest0 === null) {
    throw new TypeError(
      "Cannot predict as fxTrain0 or fxTest0 must be given: current value is null for both",
    );
  }
  if (fxTest0 !== null && kTestTrain === null) {
    throw new TypeError("Cannot predict as kTestTrain must be given with fxTest0: current value is null");
  }
}
