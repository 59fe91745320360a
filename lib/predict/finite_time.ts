/** Mean and covariance of an ensemble of infinitely wide networks after a finite time of gradient descent. */
import type { NdArray } from "../array.ts";
import { gramOfRows, multiply, multiplyTransposed } from "../linalg/products.ts";
import { GradientFlow, scaleColumns, scaleRows } from "./gradient_flow.ts";
import { kernelArray } from "./kernel_matrix.ts";
import type { KernelName, Kernels } from "./kernels.ts";
import { type Labels, outputsOf } from "./labels.ts";
import { minus, sandwich } from "./matrix_products.ts";
import {
  initialKernels,
  type Moments,
  type TestKernels,
  testTestMatrix,
  testTrainMatrix,
  trainedCovariance,
} from "./posterior.ts";
import { trainKernel, type TrainKernels } from "./train_kernel.ts";

/**
 * Mean and covariance as a function of finite times in units of the learning rate, for outputs that start as a
 * Gaussian process of mean 0 with the NNGP kernel K and train with Θ, the kernel called `name`; Lee et al. 2019
 * (arXiv:1902.06720), §2.3.
 */
export async function finiteTime(
  name: KernelName,
  kernels: TrainKernels,
  labels: Labels,
  test: TestKernels,
): Promise<MomentsAt> {
  const train = trainKernel(kernels, name);
  const flow = new GradientFlow(await train.spectrum(), labels.matrix.size, train.shift);
  const coordinates = await flow.coordinates(labels.matrix);
  if (test.testTrain === null) {
    const covariance = test.testTest === null ? null : trainingCovariance(name, kernels, flow);
    const { rows } = train.kernel;
    return momentsAt(flow.vectors, (t) => scaleRows(flow.learned(t), coordinates), rows, covariance);
  }
  const { matrix, rows } = testTrainMatrix(test.testTrain, name, train);
  const vectors = await multiply(matrix, flow.vectors);
  const { testTrain, testTest } = test;
  const covariance = testTest === null
    ? null
    : testCovariance(name, kernels, flow, vectors, { testTrain, testTest, points: rows });
  return momentsAt(vectors, (t) => scaleRows(flow.carried(t), coordinates), rows, covariance);
}

type MomentsAt = (t: number) => Promise<Moments>;
type CovarianceAt = (t: number) => Promise<NdArray<Float64Array>>;

function momentsAt(
  vectors: NdArray,
  coordinatesAt: (t: number) => NdArray,
  points: readonly number[],
  covarianceAt: CovarianceAt | null,
): MomentsAt {
  return async (t) => ({
    mean: outputsOf(await multiply(vectors, coordinatesAt(t)), points),
    covariance: covarianceAt && kernelArray(await covarianceAt(t), points, points),
  });
}

/**
 * Λ·e^{−2Λt/N} in the eigenbasis if the outputs start with the kernel that trains them, else
 * e^{−Θt/N}·K·e^{−Θt/N}; with a regularizer as `GradientFlow` has it. The regularizer is no part of the initial covariance.
 */
function trainingCovariance(name: KernelName, kernels: TrainKernels, flow: GradientFlow): CovarianceAt {
  const { vectors } = flow;
  if (name === "nngp") {
    return (t) => gramOfRows(scaleColumns(vectors, flow.remainingVariance(t).map(Math.sqrt)));
  }
  const nngp = trainKernel(kernels, "nngp").kernel.matrix;
  return async (t) =>
    await sandwich(nngp, await multiplyTransposed(scaleColumns(vectors, flow.remaining(t)), vectors));
}

/** Covariance at test points, whose test–train kernel in the eigenbasis is `vectors`. */
function testCovariance(
  name: KernelName,
  kernels: TrainKernels,
  flow: GradientFlow,
  vectors: NdArray<Float64Array>,
  { testTrain, testTest, points }: {
    testTrain: Kernels;
    testTest: Kernels;
    points: readonly number[];
  },
): CovarianceAt {
  const prior = testTestMatrix(testTest, "nngp", points).matrix;
  if (name === "nngp") {
    return async (t) =>
      minus(prior, await gramOfRows(scaleColumns(vectors, flow.carried(2 * t).map(Math.sqrt))));
  }
  const initial = initialKernels(kernels, testTrain);
  const weights = (t: number) => multiplyTransposed(scaleColumns(flow.vectors, flow.carried(t)), vectors);
  return async (t) => await trainedCovariance(prior, initial, await weights(t));
}
