/** Closed-form training dynamics of an infinitely wide network on the squared loss. */
import { type ArrayInput, NdArray, reshape } from "../array.ts";
import { multiply } from "../linalg/products.ts";
import { GradientFlow, scaleRows } from "./gradient_flow.ts";
import {
  type Start,
  startDefaults,
  startOf,
  type StartQuery,
  type TrainedOutputs,
} from "./initial_outputs.ts";
import { type KernelName, type Kernels, ownKernel } from "./kernels.ts";
import { type Labels, labelsOf, type TraceOptions } from "./labels.ts";
import { optionsOf, queryOf, regularizerNames, traceNames } from "./options.ts";
import { requirePositive } from "./ranges.ts";
import { minus, plus } from "./matrix_products.ts";
import { overTimes, timesOf } from "./times.ts";
import { type RegularizerOptions, TrainKernel, withJitter } from "./train_kernel.ts";

/** Options of `gradientDescentMse`. */
export interface GradientDescentMseOptions extends RegularizerOptions, TraceOptions {
  /** Which kernel of a record trains the network. Default `"ntk"`. */
  readonly get?: KernelName;
  /** Step size; only `learningRate · t` matters. Default 1. */
  readonly learningRate?: number;
}

/** When and where to predict, and the outputs that training starts from. */
export interface GradientDescentMseQuery<A, B> extends StartQuery<A, B> {
  /** Number of training steps, a number or an array of any shape, fractions allowed; nothing for infinity. */
  readonly t?: ArrayInput | null;
}

/** What `gradientDescentMse` returns: a function that predicts, and the jitter that its factorization needed. */
export interface GradientDescentMsePredictFn {
  /** Outputs at the training and test points after `t` steps, with the shape of `t` in front. */
  <A extends ArrayInput | null | undefined = number, B extends ArrayInput | null | undefined = null>(
    query?: GradientDescentMseQuery<A, B>,
  ): Promise<TrainedOutputs<A, B>>;
  /**
   * The jitter added to the diagonal besides `diagReg`, in absolute units; `undefined` before the first prediction
   * of test outputs at infinite time.
   */
  readonly jitter: number | undefined;
}

type Query = GradientDescentMseQuery<ArrayInput | null, ArrayInput | null>;
type Outputs = Record<"fxTrain" | "fxTest", NdArray<Float64Array> | null>;

/**
 * Outputs of a network trained by gradient descent on ‖f − y‖²/(2N), N = points × channels, in continuous time: with
 * K = kTrainTrain and τ = learningRate·t,
 * f(τ) = y + e^{−Kτ/N}·(f(0) − y) and f*(τ) = f*(0) + K*·K⁻¹·(1 − e^{−Kτ/N})·(y − f(0));
 * Jacot et al. 2018 (arXiv:1806.07572), Lee et al. 2019 (arXiv:1902.06720), equations 10 and 11.
 *
 * The regularizer is the loss r·‖θ − θ(0)‖²/(2N) of the parameters with r = diagReg·s, which leaves
 * f*(τ) = f*(0) + K*·(K + r·I)⁻¹·(1 − e^{−(K + r·I)τ/N})·(y − f(0)), and the same with K for K* at the training points (Hu, Li
 * & Yu 2020, arXiv:1905.11368): there the outputs converge to those of `gpInference`, not to y.
 *
 * Infinite time takes a Cholesky factorization and finite times an eigendecomposition, each computed once in float64.
 *
 * @param kTrainTrain Kernel of the training points, usually the NTK, shape [n, n] (or [n, n, p, p, …]): one array, or a record
 * (such as a `Kernel`) of which the option `get` says which kernel is meant.
 * @param yTrain Targets, shape [n, channels] (or [n, p, …, channels]).
 * @returns An async function of `{ t, fxTrain0, fxTest0, kTestTrain }` that gives `{ fxTrain, fxTest }`.
 * @throws {TypeError} for shapes that do not fit together and arguments that are missing.
 * @throws {RangeError} for entries that are not finite, a kernel that is not symmetric, and options out of their range.
 * @throws {UnsupportedError} for any `traceAxes` but [-1].
 * @throws {NotPositiveDefiniteError} (at infinite time) if the kernel is not positive definite even with `maxJitter`;
 * raise `diagReg`.
 *
 * @example A single training point
 * ```ts
 * import assert from "node:assert/strict";
 * import { gradientDescentMse } from "./gradient_descent_mse.ts";
 *
 * const predictFn = gradientDescentMse([[2]], [[1]], { learningRate: 0.5 });
 * const { fxTrain, fxTest } = await predictFn({ t: 3, fxTest0: 0, kTestTrain: [[1]] });
 * assert.ok(Math.abs(fxTrain.at(0, 0) - (1 - Math.exp(-3))) < 1e-15);
 * assert.ok(Math.abs(fxTest.at(0, 0) - (1 - Math.exp(-3)) / 2) < 1e-15);
 * const end = await predictFn({ fxTest0: 0, kTestTrain: [[1]] });
 * assert.ok(Math.abs(end.fxTest.at(0, 0) - 0.5) < 1e-15);
 * ```
 */
export function gradientDescentMse(
  kTrainTrain: Kernels,
  yTrain: ArrayInput,
  options: GradientDescentMseOptions = {},
): GradientDescentMsePredictFn {
  const { get, learningRate, ...o } = optionsOf({
    get: "ntk" as KernelName,
    learningRate: 1,
    ...regularizerNames,
    ...traceNames,
  }, options);
  requirePositive(learningRate, "learningRate");
  const train = new TrainKernel(ownKernel(kTrainTrain, get, "kTrainTrain"), "kTrainTrain", o);
  const labels = labelsOf(yTrain, train.kernel.rows, o);
  const predict = async (given: Query = {}) => {
    const { t = null, ...query } = queryOf<Query>({ t: null, ...startDefaults }, given);
    const times = timesOf(t);
    const at = dynamics(train, labels, startOf(query, train, labels, get));
    return await overTimes(times, (time) => at(learningRate * time));
  };
  return withJitter(predict, () => train.jitter) as GradientDescentMsePredictFn;
}

/** Outputs as a function of time in units of the learning rate. */
function dynamics(train: TrainKernel, labels: Labels, given: Start): (t: number) => Promise<Outputs> {
  const start = asMatrices(given, labels.channels);
  const y = labels.matrix;
  const error = start.fxTrain ? minus(y, start.fxTrain) : y;
  let finite: ReturnType<typeof flow> | undefined;
  return async (t) => {
    const { fxTrain, fxTest } = t === Infinity
      ? await converged(train, labels, start, error)
      : await (await (finite ??= flow(train, start, error)))(t);
    return {
      fxTrain: fxTrain && reshape(fxTrain, labels.shape),
      fxTest: fxTest && reshape(fxTest, given.test!.fx.shape),
    };
  };
}

/** Outputs as matrices, a row for each point and position, as the kernels have them. */
function asMatrices({ fxTrain, test }: Start, channels: number): Start {
  const asMatrix = (a: NdArray<Float64Array>) => reshape(a, [a.size / channels, channels]);
  return { fxTrain: fxTrain && asMatrix(fxTrain), test: test && { ...test, fx: asMatrix(test.fx) } };
}

/** Outputs at infinite time; without regularizer the training outputs are the targets. */
async function converged(
  train: TrainKernel,
  labels: Labels,
  { fxTrain, test }: Start,
  error: NdArray,
): Promise<Outputs> {
  const weights = test || train.shift > 0 ? await train.solve(error) : null;
  return {
    fxTrain: fxTrain && weights && train.shift > 0
      ? plus(fxTrain, await multiply(train.kernel.matrix, weights))
      : fxTrain && new NdArray(labels.matrix.data.slice(), labels.matrix.shape),
    fxTest: test && weights && plus(test.fx, await multiply(test.kernel, weights)),
  };
}

/** Outputs as a function of finite times. */
async function flow(
  train: TrainKernel,
  { fxTrain, test }: Start,
  error: NdArray,
): Promise<(t: number) => Promise<Outputs>> {
  const basis = new GradientFlow(await train.spectrum(), error.size, train.shift);
  const coordinates = await basis.coordinates(error);
  const testVectors = test && await multiply(test.kernel, basis.vectors);
  return async (t) => ({
    fxTrain: fxTrain &&
      plus(fxTrain, await multiply(basis.vectors, scaleRows(basis.learned(t), coordinates))),
    fxTest: test && testVectors &&
      plus(test.fx, await multiply(testVectors, scaleRows(basis.carried(t), coordinates))),
  });
}
