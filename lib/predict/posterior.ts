/** Posterior mean and covariance of a Gaussian process, and of infinitely wide networks after infinite training. */
import { NdArray, transpose, zeros } from "../array/mod.ts";
import { gramOfColumns, multiply } from "../linalg/products.ts";
import { afterEntries } from "../pause.ts";
import {
  kernelArray,
  type ScaledMatrix,
  type TestKernels,
  testTestMatrix,
  testTrainMatrix,
} from "./kernel_matrix.ts";
import { isNamed, type KernelName, type Kernels, requireBoth } from "./kernels.ts";
import { type Labels, outputsOf } from "./labels.ts";
import { minus, plus, plusTransposed, sandwich } from "./matrices.ts";
import { commonUnit, fromUnits, inUnits } from "./units.ts";
import type { Moments, PosteriorName } from "./queries.ts";
import { type TrainKernel, trainKernel, type TrainKernels } from "./train_kernel.ts";
import { withVariances } from "./variances.ts";

/** The posterior mean, and the covariance if `testTest` is there. */
export async function posterior(
  name: PosteriorName,
  kernels: TrainKernels,
  labels: Labels,
  { testTrain, testTest }: TestKernels,
): Promise<Moments> {
  const driving = name === "nngp" ? "nngp" : "ntk";
  const train = trainKernel(kernels, driving);
  if (testTrain === null && train.shift === 0) {
    return await interpolation(name, kernels, labels, testTest !== null);
  }
  const { matrix, rows } = testTrainMatrix(testTrain, driving, train.kernel);
  const initialName = name === "ntkgp" ? "ntk" : "nngp";
  const prior = testTest === null
    ? null
    : priorMatrix(testTest, rows, trainKernel(kernels, initialName).kernel, initialName);
  const initial = prior && name === "ntk" ? initialKernels(kernels, testTrain) : null;
  await requireKernel(train, matrix);
  await afterEntries(matrix.size);
  const unit = commonUnit(labels.matrix);
  const mean = await multiply(matrix, await train.solve(inUnits(labels.matrix, unit)));
  return {
    mean: outputsOf(fromUnits(mean, unit, "the mean"), rows),
    covariance: prior && kernelOf(await covarianceOf(train, matrix, prior.matrix, initial), prior),
  };
}

/** The initial covariance at the points to predict at; `true` stands for the training points. */
function priorMatrix(
  testTest: Kernels | true,
  points: readonly number[],
  train: ScaledMatrix,
  name: KernelName,
): ScaledMatrix {
  return testTest === true ? train : testTestMatrix(testTest, name, points, train.unit);
}

/** Refuses a test–train kernel that is not 0 where the train–train kernel is. */
async function requireKernel(train: TrainKernel, testTrain: NdArray): Promise<void> {
  const { spectrum } = await train.solver();
  if (spectrum) spectrum.requireInRange(await spectrum.testVectors(testTrain));
}

/** The covariance at test points, with `initial` that of networks trained with another kernel than they start with. */
async function covarianceOf(
  train: TrainKernel,
  testTrain: NdArray,
  prior: NdArray,
  initial: InitialKernels | null,
): Promise<NdArray<Float64Array>> {
  const solver = await train.solver();
  const weights = () => solver.solve(transpose(testTrain));
  if (initial) return await trainedCovariance(prior, initial, await weights());
  // K** − WᵀW with W = L⁻¹·K*ᵀ: Rasmussen & Williams 2006, algorithm 2.1.
  const whitened = await solver.whiten(transpose(testTrain));
  await afterEntries(testTrain.size);
  const covariance = minus(prior, await gramOfColumns(whitened));
  await afterEntries(prior.size);
  return await withVariances(covariance, {
    prior,
    trainTrain: train.kernel.matrix,
    testTrain,
    weights,
    floor: solver.jitter,
  });
}

/**
 * Without regularizer the training outputs are the targets, and certain; for a singular kernel their projection on its range,
 * and as uncertain as they were outside of it.
 */
async function interpolation(
  name: PosteriorName,
  kernels: TrainKernels,
  labels: Labels,
  withCovariance: boolean,
): Promise<Moments> {
  const train = trainKernel(kernels, name === "nngp" ? "nngp" : "ntk");
  const { rows, cols, matrix } = train.kernel;
  const y = labels.matrix;
  const { spectrum } = await train.solver();
  spectrum?.requireResolved(await spectrum.coordinates(y));
  const unlearned = spectrum && await spectrum.unlearned();
  const mean = unlearned ? minus(y, await multiply(unlearned, y)) : new NdArray(y.data.slice(), y.shape);
  const covariance = async () =>
    unlearned && name === "ntk"
      ? await remainingCovariance(trainKernel(kernels, "nngp"), unlearned)
      : kernelArray(zeros(matrix.shape), rows, cols);
  return {
    mean: new NdArray(mean.data, labels.shape),
    covariance: withCovariance ? await covariance() : null,
  };
}

/** R·K·R, the covariance at training points where R is what is left of a deviation from the targets. */
export async function remainingCovariance(
  { kernel }: TrainKernel,
  remaining: NdArray<Float64Array>,
): Promise<NdArray<Float64Array>> {
  const none = zeros(kernel.matrix.shape);
  const covariance = await withVariances(await sandwich(kernel.matrix, remaining), {
    ...{ prior: none, testTrain: none, trainTrain: kernel.matrix },
    weights: () => remaining,
    floor: 0,
  });
  return kernelOf(covariance, kernel);
}

/** The kernel of a matrix over the points of `kernel`, in whose unit it is. */
export function kernelOf(
  matrix: NdArray<Float64Array>,
  { rows, cols, unit }: ScaledMatrix,
): NdArray<Float64Array> {
  return kernelArray(fromUnits(matrix, unit, "the covariance"), rows, cols);
}

/** The NNGP kernels K and K* that outputs trained with the NTK start with. */
export interface InitialKernels {
  readonly trainTrain: NdArray;
  readonly testTrain: NdArray;
}

/** The kernels that outputs trained with the NTK start with; both kinds have to be given. */
export function initialKernels(kernels: TrainKernels, testTrain: Kernels | null): InitialKernels {
  requireBoth(kernels.get("nngp") === kernels.get("ntk"), "kTrainTrain");
  requireBoth(testTrain !== null && !isNamed(testTrain), "kTestTrain");
  const { kernel } = trainKernel(kernels, "nngp");
  return { trainTrain: kernel.matrix, testTrain: testTrainMatrix(testTrain, "nngp", kernel).matrix };
}

/**
 * K** + Tᵀ·K·T − (K*·T + Tᵀ·K*ᵀ), the covariance after training has added −Tᵀ times the initial training outputs to the
 * test outputs; T = Θ⁻¹·Θ*ᵀ at infinite time. Lee et al. 2019 (arXiv:1902.06720), §2.3.
 */
export async function trainedCovariance(
  prior: NdArray,
  initial: InitialKernels,
  t: NdArray<Float64Array>,
): Promise<NdArray<Float64Array>> {
  await afterEntries(t.size);
  const shared = plusTransposed(await multiply(initial.testTrain, t), 1);
  await afterEntries(prior.size);
  const covariance = plus(prior, minus(await sandwich(initial.trainTrain, t), shared));
  await afterEntries(prior.size);
  return await withVariances(covariance, { ...initial, prior, weights: () => t, floor: 0 });
}
