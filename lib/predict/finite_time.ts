/** Mean and covariance of an ensemble of infinitely wide networks after a finite time of gradient descent. */
import type { NdArray } from "../array/mod.ts";
import { gramOfRows, multiplyTransposed } from "../linalg/products.ts";
import { GradientFlow } from "./gradient_flow.ts";
import type { KernelName, Kernels } from "./kernels.ts";
import { type Labels, outputsOf } from "./labels.ts";
import { minus, scaleColumns, weighted } from "./matrices.ts";
import { commonUnit, fromUnits, inUnits } from "./units.ts";
import { initialKernels, kernelOf, remainingCovariance, trainedCovariance } from "./posterior.ts";
import type { Moments } from "./queries.ts";
import { type ScaledMatrix, type TestKernels, testTestMatrix, testTrainMatrix } from "./kernel_matrix.ts";
import { trainKernel, type TrainKernels } from "./train_kernel.ts";
import { withVariances } from "./variances.ts";

/**
 * Mean and covariance as a function of finite times in units of the learning rate, for outputs that start as a
 * Gaussian process of mean 0 with the NNGP kernel K and train with Θ, the kernel called `name`; Lee et al. 2019
 * (arXiv:1902.06720), §2.3. Directions in which Θ is 0 up to rounding do not train.
 */
export async function finiteTime(
  name: KernelName,
  kernels: TrainKernels,
  labels: Labels,
  test: TestKernels,
): Promise<MomentsAt> {
  const train = trainKernel(kernels, name);
  const flow = await GradientFlow.of(train, labels.matrix.size);
  const { spectrum } = flow;
  spectrum.requirePositive();
  const unit = commonUnit(labels.matrix);
  const coordinates = await spectrum.coordinates(inUnits(labels.matrix, unit));
  const meanOf = async (vectors: NdArray, weights: Float64Array, points: readonly number[], t: number) => {
    flow.requireResolved(coordinates, t);
    const mean = await weighted(vectors, weights, coordinates);
    return outputsOf(fromUnits(mean, unit, "the mean"), points);
  };
  if (test.testTrain === null) {
    const covarianceAt = test.testTest === null ? null : trainingCovariance(name, kernels, flow);
    return async (t) => ({
      mean: await meanOf(spectrum.vectors, flow.learned(t), train.kernel.rows, t),
      covariance: covarianceAt && await covarianceAt(t),
    });
  }
  const testTrain = testTrainMatrix(test.testTrain, name, train.kernel);
  const vectors = await spectrum.testVectors(testTrain.matrix);
  const covarianceAt = test.testTest === null ? null : testCovariance(name, kernels, flow, {
    testTrain,
    vectors,
    kernels: test.testTrain,
    testTest: test.testTest,
  });
  return async (t) => ({
    mean: await meanOf(vectors, flow.carried(t), testTrain.rows, t),
    covariance: covarianceAt && await covarianceAt(t),
  });
}

type MomentsAt = (t: number) => Promise<Moments>;
type CovarianceAt = (t: number) => Promise<NdArray<Float64Array>>;

/**
 * Λ·e^{−2Λt/N} in the eigenbasis if the outputs start with the kernel that trains them, else
 * e^{−Θt/N}·K·e^{−Θt/N}; with a regularizer as `GradientFlow` has it. The regularizer is no part of the initial covariance.
 */
function trainingCovariance(name: KernelName, kernels: TrainKernels, flow: GradientFlow): CovarianceAt {
  const { vectors } = flow.spectrum;
  const nngp = trainKernel(kernels, "nngp");
  if (name === "nngp") {
    return async (t) => {
      const covariance = await gramOfRows(scaleColumns(vectors, flow.remainingVariance(t).map(Math.sqrt)));
      return kernelOf(covariance, nngp.kernel);
    };
  }
  return async (t) =>
    await remainingCovariance(
      nngp,
      await multiplyTransposed(scaleColumns(vectors, flow.remaining(t)), vectors),
    );
}

/** The kernels of test points, and their test–train kernel in the eigenbasis. */
interface Tests {
  readonly testTrain: ScaledMatrix;
  readonly vectors: NdArray<Float64Array>;
  readonly kernels: Kernels;
  readonly testTest: Kernels;
}

/** Covariance at test points. */
function testCovariance(
  name: KernelName,
  kernels: TrainKernels,
  flow: GradientFlow,
  { testTrain, vectors, kernels: testKernels, testTest }: Tests,
): CovarianceAt {
  const prior = testTestMatrix(testTest, "nngp", testTrain.rows, trainKernel(kernels, "nngp").kernel.unit);
  const weights = (t: number) =>
    multiplyTransposed(scaleColumns(flow.spectrum.vectors, flow.carried(t)), vectors);
  if (name === "nngp") {
    const parts = {
      prior: prior.matrix,
      testTrain: testTrain.matrix,
      trainTrain: trainKernel(kernels, name).kernel.matrix,
      floor: flow.spectrum.jitter,
    };
    return async (t) => {
      const learned = await gramOfRows(scaleColumns(vectors, flow.carried(2 * t).map(Math.sqrt)));
      const covariance = minus(prior.matrix, learned);
      return kernelOf(await withVariances(covariance, { ...parts, weights: () => weights(2 * t) }), prior);
    };
  }
  const initial = initialKernels(kernels, testKernels);
  return async (t) => kernelOf(await trainedCovariance(prior.matrix, initial, await weights(t)), prior);
}
