/** Mean and covariance of an ensemble of infinitely wide networks after a finite time of gradient descent. */
import { type NdArray } from "../array.ts";
import { matmul, matmulTransposed } from "../linalg/matmul.ts";
import { GradientFlow, scaleColumns, scaleRows } from "./gradient_flow.ts";
import { kernelArray } from "./kernel_matrix.ts";
import type { KernelName } from "./kernels.ts";
import { type Labels, outputsOf } from "./labels.ts";
import { gram, minus, sandwich } from "./matrix_products.ts";
import { initialThroughTraining, type TestKernels, testTestMatrix, testTrainMatrix } from "./posterior.ts";
import { trainKernel, type TrainKernels } from "./train_kernel.ts";

/** Mean and, where asked for, covariance. */
export type Moments = Record<"mean" | "covariance", NdArray<Float64Array> | null>;

/**
 * Mean and covariance as a function of finite times in units of the learning rate, for outputs that start as a
 * Gaussian process of mean 0 with the NNGP kernel K and train with Θ, the kernel called `name`; Lee et al. 2019
 * (arXiv:1902.06720), §2.3.
 */
export function finiteTime(
  name: KernelName,
  kernels: TrainKernels,
  labels: Labels,
  test: TestKernels,
): (t: number) => Moments {
  const flow = new GradientFlow(trainKernel(kernels, name), labels.matrix.size);
  const coordinates = flow.coordinates(labels.matrix);
  return test.testTrain === null
    ? trainingMoments(name, kernels, flow, coordinates, test.testTest !== null)
    : testMoments(name, kernels, flow, coordinates, test);
}
