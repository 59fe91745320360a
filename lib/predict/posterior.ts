/** Posterior mean and covariance of a Gaussian process, and of infinitely wide networks after infinite training. */
import { NdArray, transpose, zeros } from "../array.ts";
import { gramOfColumns, multiply } from "../linalg/products.ts";
import { kernelArray, type KernelMatrix, kernelMatrix, requireAxes } from "./kernel_matrix.ts";
import { isNamed, type KernelName, type Kernels, requireBoth, selectKernel } from "./kernels.ts";
import { type Labels, outputsOf } from "./labels.ts";
import { minus, plus, plusTransposed, sandwich } from "./matrix_products.ts";
import { type TrainKernel, trainKernel, type TrainKernels } from "./train_kernel.ts";

/** What a prediction is about: see `gpInference`. */
export type PosteriorName = "nngp" | "ntk" | "ntkgp";

/** A prediction with its uncertainty. */
export interface Gaussian {
  /** Mean, shape [...points, channels], with the shape of the times in front if several were asked for. */
  readonly mean: NdArray<Float64Array>;
  /** Covariance of any one output channel, shape [points, points], with the shape of the times in front likewise. */
  readonly covariance: NdArray<Float64Array>;
}

/** A mean and, where asked for, a covariance. */
export interface Moments {
  readonly mean: NdArray<Float64Array>;
  readonly covariance: NdArray<Float64Array> | null;
}

/** What callers see of moments: the mean alone unless the covariance was asked for. */
export function predictionOf({ mean, covariance }: Moments): NdArray<Float64Array> | Gaussian {
  return covariance === null ? mean : { mean, covariance };
}

/** Kernels that involve the points to predict at, `testTest` for the covariance; without `testTrain`, the training points. */
export type TestKernels =
  | { readonly testTrain: Kernels; readonly testTest: Kernels | null }
  | { readonly testTrain: null; readonly testTest: true | null };

/** The posterior mean, and the covariance if `testTest` is there. */
export async function posterior(
  name: PosteriorName,
  kernels: TrainKernels,
  labels: Labels,
  { testTrain, testTest }: TestKernels,
): Promise<Moments> {
  const driving = name === "nngp" ? "nngp" : "ntk";
  const train = trainKernel(kernels, driving);
  if (testTrain === null && train.shift === 0) return interpolation(train, labels, testTest !== null);
  const { matrix, rows } = testTrainMatrix(testTrain, driving, train);
  const initialName = name === "ntkgp" ? "ntk" : "nngp";
  const prior = testTest === null ? null : priorMatrix(testTest, initialName, rows, kernels);
  const initial = prior && name === "ntk" ? initialKernels(kernels, testTrain) : null;
  const mean = outputsOf(await multiply(matrix, await train.solve(labels.matrix)), rows);
  if (prior === null) return { mean, covariance: null };
  const covariance = initial
    ? await trainedCovariance(prior, initial, await train.solve(transpose(matrix)))
    // K** − WᵀW with W = L⁻¹·K*ᵀ: Rasmussen & Williams 2006, algorithm 2.1.
    : minus(prior, await gramOfColumns(await train.whiten(transpose(matrix))));
  return { mean, covariance: kernelArray(covariance, rows, rows) };
}

/** Without regularizer the training outputs are the targets, and certain. */
function interpolation({ kernel }: TrainKernel, labels: Labels, withCovariance: boolean): Moments {
  return {
    mean: new NdArray(labels.matrix.data.slice(), labels.shape),
    covariance: withCovariance ? kernelArray(zeros(kernel.matrix.shape), kernel.rows, kernel.cols) : null,
  };
}

/** The initial covariance at the points to predict at; `true` stands for the training points. */
function priorMatrix(
  testTest: Kernels | true,
  name: KernelName,
  points: readonly number[],
  kernels: TrainKernels,
): NdArray {
  return testTest === true
    ? trainKernel(kernels, name).kernel.matrix
    : testTestMatrix(testTest, name, points).matrix;
}

/** The test–train kernel called `name`, whose columns have to be the training points; `null` stands for these. */
export function testTrainMatrix(
  testTrain: Kernels | null,
  name: KernelName,
  train: TrainKernel,
): KernelMatrix {
  if (testTrain === null) return train.kernel;
  const kernel = kernelMatrix(selectKernel(testTrain, name, "kTestTrain"), "kTestTrain");
  requireAxes(kernel.cols, train.kernel.cols, "the column axes of kTestTrain");
  return kernel;
}

/** The test–test kernel called `name` over the points of shape `points`. */
export function testTestMatrix(
  testTest: Kernels,
  name: KernelName,
  points: readonly number[],
): KernelMatrix {
  const kernel = kernelMatrix(selectKernel(testTest, name, "kTestTest"), "kTestTest");
  requireAxes(kernel.rows, points, "the row axes of kTestTest");
  requireAxes(kernel.cols, points, "the column axes of kTestTest");
  return kernel;
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
  const nngp = trainKernel(kernels, "nngp");
  return { trainTrain: nngp.kernel.matrix, testTrain: testTrainMatrix(testTrain, "nngp", nngp).matrix };
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
  const shared = plusTransposed(await multiply(initial.testTrain, t), 1);
  return plus(prior, minus(await sandwich(initial.trainTrain, t), shared));
}
