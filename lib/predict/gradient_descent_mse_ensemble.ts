/** Predictions of an infinite ensemble of infinitely wide networks trained on the squared loss. */
import { type ArrayInput, assertFinite, type NdArray, ownArray } from "../array/mod.ts";
import type { PatternPair } from "../network/patterns.ts";
import {
  type KernelFn,
  NetworkKernels,
  passedNames,
  type PassedOptions,
  TrainKernelCache,
} from "./network_kernels.ts";
import {
  type ByName,
  byName,
  type Gaussian,
  type Get,
  type Moments,
  namesOf,
  optionsOf,
  overTimes,
  predictionOf,
  queryOf,
  regularizerNames,
  timesOf,
  traceNames,
} from "./queries.ts";
import { type KernelName, NAMES } from "./kernels.ts";
import { type Labels, labelsOf, requireTraceAxes, type TraceOptions } from "./labels.ts";
import type { TestKernels } from "./kernel_matrix.ts";
import { flag, positive, wrongType } from "../options.ts";
import {
  type JitterByKernel,
  type RegularizerOptions,
  type ReportByKernel,
  reportsOf,
  requireRegularizer,
  type TrainKernels,
  withReport,
} from "./train_kernel.ts";

/**
 * Options of `gradientDescentMseEnsemble`; those of `kernelFn` are passed on to it. `pattern` is `[pattern]`, the graphs of the
 * training inputs; those of the test inputs come with the query.
 */
export interface GradientDescentMseEnsembleOptions extends RegularizerOptions, TraceOptions, PassedOptions {
  /** Step size; only `learningRate · t` matters. Default 1. */
  readonly learningRate?: number;
}

/** When, where and what to predict. */
export interface EnsembleQuery<G, C> {
  /** Number of training steps, a number or an array of any shape, fractions allowed; nothing for infinity. */
  readonly t?: ArrayInput | null;
  /** Test inputs. Nothing means the training inputs; without regularizer the networks fit the targets there at infinite time. */
  readonly xTest?: ArrayInput | null;
  /** `[pattern]`, the graphs of the test inputs, where the options have those of the training inputs. Default null. */
  readonly pattern?: PatternPair | null;
  /**
   * The kernel that trains the networks: `"ntk"` for training all layers, `"nngp"` for training the last layer only
   * (at infinite time, the posterior of the Bayesian network); a list, or nothing for both.
   */
  readonly get?: G;
  /** Whether to compute the covariance besides the mean. Default `false`. */
  readonly computeCov?: C;
}

export type { KernelFn } from "./network_kernels.ts";

/** A mean, or mean and covariance with `computeCov`. */
export type Predicted<C> = C extends true ? Gaussian : NdArray<Float64Array>;

/** What `gradientDescentMseEnsemble` returns: a function that predicts, and how it solved with its kernels. */
export interface EnsemblePredictFn {
  /**
   * The mean, shape [...times, tests, channels], or mean and covariance with `computeCov`: one for one name, a record
   * by name for a list or nothing.
   */
  <const G extends Get<KernelName> = null, C extends boolean = false>(
    query?: EnsembleQuery<G, C>,
  ): Promise<ByName<G, Predicted<C>, Record<KernelName, Predicted<C>>>>;
  /** `jitter` of the reports: the size up to which eigenvalues of each kernel were taken for 0. */
  readonly jitter: JitterByKernel;
  /** How each kernel that was needed so far was solved with: its rank, condition number and residual. */
  readonly report: ReportByKernel;
}

type Query = EnsembleQuery<Get<KernelName>, boolean>;

const queryDefaults: Query = { t: null, xTest: null, pattern: null, get: null, computeCov: false };

/**
 * Mean and covariance, over initializations, of the outputs of infinitely wide networks trained by gradient descent on
 * ‖f − y‖²/(2N), N = points × channels, in continuous time; Lee et al. 2019 (arXiv:1902.06720), §2.3. The mean at time
 * τ = learningRate·t is Θ*·Θ⁻¹·(1 − e^{−Θτ/N})·y, with Θ the kernel named by `get` plus diagReg·s·I, and Θ* the kernel of test
 * and training inputs, to which the regularizer does not belong, nor to the initial covariance: where the test inputs are
 * training inputs, with or without `xTest`, the result is the same. At infinite time it is that of `gpInference`.
 *
 * Directions in which the kernel of the training inputs is 0 up to rounding do not train, at finite times nor at
 * infinity; variances that rounding made negative are 0: see `gpInference`.
 *
 * The kernel of the training inputs is computed once, and so is its Cholesky factor (infinite time) and its
 * eigendecomposition (finite times), both in float64.
 *
 * @param kernelFn Kernel function of the network, called as `kernelFn(x1, x2 | null, ["nngp", "ntk"], options)`.
 * @param xTrain Training inputs, shape [n, …].
 * @param yTrain Targets, shape [n, channels] (or [n, p, …, channels] for outputs at positions).
 * @returns An async function of `{ t, xTest, pattern, get, computeCov }`; its properties `jitter` and `report` say how the kernels
 * were solved with.
 * @throws {TypeError} for shapes that do not fit together and kernels that are missing.
 * @throws {RangeError} for entries that are not finite, options out of their range, an unknown `get`, variances that are negative
 * beyond rounding, and results beyond 1.8e308.
 * @throws {UnsupportedError} for any `traceAxes` but [-1], and for a network whose outputs are not Gaussian, as those of one that
 * ends in a nonlinearity: end it with `Dense`.
 * @throws {NotPositiveDefiniteError} (when predicting) if the kernel has negative eigenvalues beyond `maxJitter`; raise `diagReg`.
 *
 * @example A linear network without bias, whose kernels are inner products
 * ```ts
 * import assert from "node:assert/strict";
 * import { toArray } from "../array/mod.ts";
 * import { matmulTransposed } from "../linalg/matmul.ts";
 * import { gradientDescentMseEnsemble, type KernelFn } from "./gradient_descent_mse_ensemble.ts";
 *
 * const kernelFn: KernelFn = (x1, x2) => {
 *   const k = matmulTransposed(toArray(x1, "x1"), toArray(x2 ?? x1, "x2"));
 *   return Promise.resolve({ nngp: k, ntk: k });
 * };
 * const predictFn = gradientDescentMseEnsemble(kernelFn, [[1, 0], [0, 2]], [[1], [4]]);
 * const { mean, covariance } = await predictFn({ xTest: [[1, 1]], get: "ntk", computeCov: true });
 * assert.ok(Math.abs(mean.at(0, 0) - 3) < 1e-14);
 * assert.ok(Math.abs(covariance.at(0, 0)) < 1e-14);
 * const early = await predictFn({ t: 1, xTest: [[1, 0]], get: "ntk" });
 * assert.ok(Math.abs(early.at(0, 0) - (1 - Math.exp(-1 / 2))) < 1e-14);
 * ```
 */
export function gradientDescentMseEnsemble(
  kernelFn: KernelFn,
  xTrain: ArrayInput,
  yTrain: ArrayInput,
  options: GradientDescentMseEnsembleOptions = {},
): EnsemblePredictFn {
  const names = { learningRate: undefined, ...regularizerNames, ...traceNames, ...passedNames };
  const { learningRate = 1, diagReg, diagRegAbsoluteScale, maxJitter, traceAxes, ...kernelOptions } =
    optionsOf<GradientDescentMseEnsembleOptions>(names, options);
  const regularizer = { diagReg, diagRegAbsoluteScale, maxJitter };
  positive("predict", "learningRate", learningRate);
  requireRegularizer(regularizer);
  const x = ownArray(xTrain, "xTrain");
  const y = trainingTargets(yTrain, x.shape[0]);
  requireTraceAxes(traceAxes ?? [-1], y.shape.length - 1);
  const network = new NetworkKernels(kernelFn, x, kernelOptions);
  const cache = new TrainKernelCache((get) => network.train(get), regularizer);

  const predict = async (query: Query = {}) => {
    const { t = null, xTest = null, pattern = null, get, computeCov = false } = queryOf<Query>(
      queryDefaults,
      query,
    );
    const names = namesOf(get, NAMES, NAMES);
    const times = timesOf(t);
    flag("predict", "computeCov", computeCov);
    // The covariance of networks trained with the NTK starts from the NNGP kernel.
    const needed = NAMES.filter((name) => names.includes(name) || (computeCov && name === "nngp"));
    const [kernels, test] = await Promise.all([
      cache.load(needed),
      network.test({ xTest, pattern }, needed, computeCov),
    ]);
    const [{ kernel }] = kernels.values();
    const labels = labelsOf(y, kernel.rows, { traceAxes });
    return await byName(get, names, async (name) => {
      const at = momentsAt(name, kernels, labels, test);
      return predictionOf(await overTimes(times, (time) => at(learningRate * time)));
    });
  };
  return withReport(predict, reportsOf(() => cache.ready)) as EnsemblePredictFn;
}

/** Mean and covariance as a function of time in units of the learning rate. */
function momentsAt(
  name: KernelName,
  kernels: TrainKernels,
  labels: Labels,
  test: TestKernels,
): (t: number) => Promise<Moments> {
  let finite: Promise<(t: number) => Promise<Moments>> | undefined;
  return async (t) => {
    const { finiteTime, posterior } = await import("./engine.ts");
    if (t === Infinity) return await posterior(name, kernels, labels, test);
    return await (await (finite ??= finiteTime(name, kernels, labels, test)))(t);
  };
}

/** The targets, checked against the number of training inputs before any kernel is computed. */
function trainingTargets(yTrain: ArrayInput, inputs: number): NdArray {
  const y = ownArray(yTrain, "yTrain");
  assertFinite(y, "yTrain");
  if (y.shape[0] === inputs) return y;
  throw wrongType("predict", "the first axis of yTrain", `${inputs}, as that of xTrain`, y.shape[0]);
}
