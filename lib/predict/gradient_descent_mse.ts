/** Closed-form training dynamics of an infinitely wide network on the squared loss. */
import type { ArrayInput } from "../array/mod.ts";
import { positive } from "../options.ts";
import { startDefaults, startOf, type StartQuery, type TrainedOutputs } from "./initial_outputs.ts";
import { type KernelName, type Kernels, ownKernel } from "./kernels.ts";
import { labelsOf, type TraceOptions } from "./labels.ts";
import { optionsOf, overTimes, queryOf, regularizerNames, timesOf, traceNames } from "./queries.ts";
import { type RegularizerOptions, type SolveReport, TrainKernel, withReport } from "./train_kernel.ts";

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

/** What `gradientDescentMse` returns: a function that predicts, and how it solved with its kernel. */
export interface GradientDescentMsePredictFn {
  /** Outputs at the training and test points after `t` steps, with the shape of `t` in front. */
  <A extends ArrayInput | null | undefined = number, B extends ArrayInput | null | undefined = null>(
    query?: GradientDescentMseQuery<A, B>,
  ): Promise<TrainedOutputs<A, B>>;
  /** `jitter` of the report: the size up to which eigenvalues were taken for 0; `undefined` before the first prediction. */
  readonly jitter: number | undefined;
  /** How the kernel was solved with: its rank, condition number and residual; `undefined` before the first prediction. */
  readonly report: SolveReport | undefined;
}

type Query = GradientDescentMseQuery<ArrayInput | null, ArrayInput | null>;

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
 * Directions in which K is 0 up to rounding, such as differences of equal points, do not train: there f stays f(0) at all times, and
 * K⁻¹ is the pseudo-inverse (see `gpInference`). Finite times are exact for any symmetric K; where it has a negative eigenvalue,
 * as no network's has, outputs grow and have no limit.
 *
 * Infinite time takes a Cholesky factorization and finite times an eigendecomposition, each computed once in float64.
 *
 * @param kTrainTrain Kernel of the training points, usually the NTK, shape [n, n] (or [n, n, p, p, …]): one array, or a record
 * (such as a `Kernel`) of which the option `get` says which kernel is meant.
 * @param yTrain Targets, shape [n, channels] (or [n, p, …, channels]).
 * @returns An async function of `{ t, fxTrain0, fxTest0, kTestTrain }` that gives `{ fxTrain, fxTest }`.
 * @throws {TypeError} for shapes that do not fit together and arguments that are missing.
 * @throws {RangeError} for entries that are not finite, a kernel that is not symmetric, options out of their range, and outputs
 * beyond 1.8e308.
 * @throws {UnsupportedError} for any `traceAxes` but [-1].
 * @throws {NotPositiveDefiniteError} (at infinite time) if the kernel has negative eigenvalues beyond `maxJitter`, or any of 0 if
 * that is 0; raise `diagReg`. Also if the test–train kernel does not vanish where the train–train kernel does.
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
  positive("predict", "learningRate", learningRate);
  const train = new TrainKernel(ownKernel(kTrainTrain, get, "kTrainTrain"), "kTrainTrain", o);
  const labels = labelsOf(yTrain, train.kernel.rows, o);
  const predict = async (given: Query = {}) => {
    const { t = null, ...query } = queryOf<Query>({ t: null, ...startDefaults }, given);
    const times = timesOf(t);
    const start = startOf(query, train, labels, get);
    const { mseFlow } = await import("./engine.ts");
    const at = mseFlow(train, labels, start);
    return await overTimes(times, (time) => at(learningRate * time));
  };
  const read = { jitter: () => train.report?.jitter, report: () => train.report };
  return withReport(predict, read) as GradientDescentMsePredictFn;
}
