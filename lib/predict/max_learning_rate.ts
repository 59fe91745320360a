/** The largest learning rate with which gradient descent on an infinitely wide network converges. */
import { NotPositiveDefiniteError } from "../errors.ts";
import { fraction, nonNegative, outOfRange } from "../options.ts";
import { kernelMatrix } from "./kernel_matrix.ts";
import { type KernelName, type Kernels, ownKernel } from "./kernels.ts";
import { optionsOf } from "./queries.ts";
import { DEFAULT_JITTER } from "./train_kernel.ts";

/** Options of `maxLearningRate`. */
export interface MaxLearningRateOptions {
  /** Which kernel of a record trains the network. Default `"ntk"`. */
  readonly get?: KernelName;
  /** Number of training outputs, points × channels. Default: the number of rows of the kernel. */
  readonly yTrainSize?: number | null;
  /** Momentum of the optimizer, 0 ≤ momentum < 1. Default 0. */
  readonly momentum?: number;
  /** Added to the largest eigenvalue, so that a kernel of zeros does not divide by 0. Default 1e-12. */
  readonly eps?: number;
}

/**
 * 2·(1 + momentum)·yTrainSize/(λₘₐₓ + eps), the largest step of gradient descent on the loss
 * ‖f − y‖²/(2·yTrainSize) for which I − step·Θ/yTrainSize is a contraction, λₘₐₓ being the largest eigenvalue of Θ;
 * with momentum after Goh 2017, "Why Momentum Really Works" (distill.pub/2017/momentum).
 *
 * @param kTrainTrain NTK of the training points, shape [n, n] (or [n, n, p, p, …]): one array, or a record (such as a `Kernel`)
 * of which the option `get` says which kernel is meant.
 * @throws {TypeError} unless the kernel is a square matrix.
 * @throws {RangeError} for entries that are not finite, a kernel that is not symmetric, options out of their range, and a rate
 * that is no finite number.
 * @throws {NotPositiveDefiniteError} if the kernel has a negative eigenvalue beyond rounding: nothing converges then.
 *
 * @example Two outputs
 * ```ts
 * import assert from "node:assert/strict";
 * import { maxLearningRate } from "./max_learning_rate.ts";
 *
 * const rate = await maxLearningRate([[2, 1], [1, 2]]);
 * assert.ok(Math.abs(rate - 4 / 3) < 1e-11);
 * ```
 */
export async function maxLearningRate(
  kTrainTrain: Kernels,
  options: MaxLearningRateOptions = {},
): Promise<number> {
  const defaults: Required<MaxLearningRateOptions> = {
    get: "ntk",
    yTrainSize: null,
    momentum: 0,
    eps: 1e-12,
  };
  const { get, yTrainSize, momentum, eps } = optionsOf(defaults, options);
  fraction("predict", "momentum", momentum);
  nonNegative("predict", "eps", eps);
  const { matrix } = kernelMatrix(ownKernel(kTrainTrain, get, "kTrainTrain"), "kTrainTrain");
  const size = yTrainSize ?? matrix.shape[0];
  if (!(Number.isInteger(size) && size > 0)) {
    throw outOfRange("predict", "yTrainSize", "a positive integer", yTrainSize);
  }
  const { eigenvalues, floorOf } = await import("./engine.ts");
  const { data: values } = await eigenvalues(matrix, "kTrainTrain");
  requirePositive(values, floorOf(matrix, values, DEFAULT_JITTER[matrix.dtype]));
  const slope = values[values.length - 1] + eps;
  const rate = 2 * (1 + momentum) * size / slope;
  if (slope < Infinity && rate < Infinity) return rate;
  throw new RangeError(
    `Cannot predict as the largest eigenvalue of kTrainTrain plus eps must be a number with an inverse: ` +
      `current value is ${slope}; scale the kernel, or raise eps`,
  );
}

/** Refuses a kernel along which gradient descent moves away from the targets, however small its steps. */
function requirePositive([smallest]: Float64Array, floor: number): void {
  if (smallest >= -floor) return;
  throw new NotPositiveDefiniteError(
    `Cannot predict as the eigenvalues of kTrainTrain must not be negative for any learning rate to converge: ` +
      `current value is ${smallest.toPrecision(3)}, and rounding explains ${floor.toPrecision(3)}`,
  );
}
