/** Exact Gaussian process regression with the kernels of an infinitely wide network. */
import type { ArrayInput, NdArray } from "../array.ts";
import { type ByName, byName, type Get, namesOf } from "./get.ts";
import { availableKernels, isNamed, type KernelName, type Kernels, selectKernel } from "./kernels.ts";
import { labelsOf, type TraceOptions } from "./labels.ts";
import { type Gaussian, posterior, type PosteriorName, predictionOf } from "./posterior.ts";
import {
  type JitterByKernel,
  type RegularizerOptions,
  type ReportByKernel,
  reportsOf,
  TrainKernel,
  withReport,
} from "./train_kernel.ts";

/** Options of `gpInference`. */
export interface GpInferenceOptions extends RegularizerOptions, TraceOptions {}

/** What to predict, and the kernels that involve the points to predict at. */
export interface GpInferenceQuery<G, C> {
  /**
   * - `"nngp"`: posterior of the Bayesian network;
   * - `"ntk"`: distribution of networks trained by gradient descent for infinite time, over their initializations;
   * - `"ntkgp"`: posterior of the Gaussian process whose prior covariance is the NTK (He et al. 2020,
   *   arXiv:2007.05864);
   * - a list of these; or nothing for `"nngp"` and `"ntk"`, as far as their kernels are in `kTrainTrain`.
   */
  readonly get?: G;
  /**
   * Test–train kernels, shape [tests, trains]. Nothing means the training points themselves, where the posterior
   * without regularizer is (yTrain, 0).
   */
  readonly kTestTrain?: Kernels | null;
  /**
   * Test–test kernels, shape [tests, tests], for the covariance (`true` at the training points). Nothing means the
   * mean alone.
   */
  readonly kTestTest?: C;
}

/** What `gpInference` returns: a function that predicts, and the jitter that its factorizations needed. */
export interface GpPredictFn {
  /**
   * The mean, shape [...tests, channels], or mean and covariance if `kTestTest` is given: one for one name, a record
   * by name for a list or nothing.
   */
  <const G extends Get<PosteriorName> = null, C extends Kernels | true | null | undefined = null>(
    query?: GpInferenceQuery<G, C>,
  ): Promise<ByName<G, C extends null | undefined ? NdArray<Float64Array> : Gaussian>>;
  /** The jitter added to the diagonal of each kernel factored so far, besides `diagReg`, in absolute units. */
  readonly jitter: JitterByKernel;
}

const NAMES: readonly PosteriorName[] = ["nngp", "ntk", "ntkgp"];

/**
 * Regression with the NNGP or NTK of an infinitely wide network: with K = kTrainTrain + diagReg·s·I the mean is
 * K*·K⁻¹·y, and the covariance K** − K*·K⁻¹·K*ᵀ for `"nngp"` and `"ntkgp"`. For `"ntk"`, Θ = the NTK and K = the NNGP
 * kernel, it is K** + T·K·Tᵀ − (T·K*ᵀ + K*·Tᵀ) with T = Θ*·Θ⁻¹: Rasmussen & Williams 2006, §2.2; Lee et al. 2019
 * (arXiv:1902.06720), §2.3.
 *
 * The first prediction factors the kernel in float64, n³/3 operations for n training points, and later ones reuse the
 * factor. From n = 256 on, LAPACK does this, and BLAS multiplies large matrices, where Deno has OpenBLAS or Accelerate
 * and the permission to call it (`--allow-ffi`).
 *
 * @param kTrainTrain Kernel of the training points, shape [n, n] (or [n, n, p, p, …] for outputs at positions): one
 * array, or a record (such as a `Kernel`) of `nngp` and `ntk`. The covariance for `"ntk"` needs both.
 * @param yTrain Targets, shape [n, channels] (or [n, p, …, channels]).
 * @returns An async function of `{ get, kTestTrain, kTestTest }`; its property `jitter` says what had to be added to
 * the diagonal, which is 0 unless the plain factorization failed.
 * @throws {TypeError} for shapes that do not fit together and kernels that are missing.
 * @throws {RangeError} for entries that are not finite, a kernel that is not symmetric, a negative `diagReg` or
 * `maxJitter`, and an unknown `get`.
 * @throws {UnsupportedError} for any `traceAxes` but [-1].
 * @throws {NotPositiveDefiniteError} (when predicting) if the kernel is not positive definite even with `maxJitter`;
 * raise `diagReg`.
 *
 * @example Mean and covariance at a new point
 * ```ts
 * import assert from "node:assert/strict";
 * import { gpInference } from "./gp_inference.ts";
 *
 * const predictFn = gpInference([[2, 1], [1, 2]], [[3], [3]], { diagReg: 1, diagRegAbsoluteScale: true });
 * const { mean, covariance } = await predictFn({ get: "nngp", kTestTrain: [[1, 1]], kTestTest: [[2]] });
 * assert.ok(Math.abs(mean.at(0, 0) - 1.5) < 1e-15);
 * assert.ok(Math.abs(covariance.at(0, 0) - 1.5) < 1e-15);
 * assert.equal(predictFn.jitter.nngp, 0);
 * ```
 *
 * @example Both kernels of a network
 * ```ts
 * import assert from "node:assert/strict";
 * import { gpInference } from "./gp_inference.ts";
 *
 * const predictFn = gpInference({ nngp: [[2, 1], [1, 2]], ntk: [[4, 1], [1, 4]] }, [[1], [-1]]);
 * const { nngp, ntk } = await predictFn({ kTestTrain: { nngp: [[1, 0]], ntk: [[3, 0]] } });
 * assert.ok(Math.abs(nngp!.at(0, 0) - 1) < 1e-15);
 * assert.ok(Math.abs(ntk!.at(0, 0) - 1) < 1e-15);
 * ```
 */
export function gpInference(
  kTrainTrain: Kernels,
  yTrain: ArrayInput,
  options: GpInferenceOptions = {},
): GpPredictFn {
  const kernels = trainKernels(kTrainTrain, options);
  const [{ kernel }] = kernels.values();
  const labels = labelsOf(yTrain, kernel.rows, options);
  const predict = async (
    { get, kTestTrain, kTestTest }: GpInferenceQuery<Get<PosteriorName>, Kernels | true | null> = {},
  ) => {
    const names = namesOf(get, [...kernels.keys()], NAMES);
    const test = { testTrain: kTestTrain ?? null, testTest: kTestTest ?? null };
    return await byName(
      get,
      names,
      async (name) => predictionOf(await posterior(name, kernels, labels, test)),
    );
  };
  return withReport(predict, reportsOf(() => kernels)) as GpPredictFn;
}

function trainKernels(kTrainTrain: Kernels, options: RegularizerOptions): Map<KernelName, TrainKernel> {
  const names = availableKernels(kTrainTrain);
  if (names.length === 0) {
    throw new TypeError(
      `Cannot predict as kTrainTrain must contain "nngp" or "ntk": current value has neither`,
    );
  }
  const make = (name: KernelName, argument: string) =>
    new TrainKernel(selectKernel(kTrainTrain, name, "kTrainTrain"), argument, options);
  if (isNamed(kTrainTrain)) return new Map(names.map((name) => [name, make(name, `kTrainTrain.${name}`)]));
  const shared = make("nngp", "kTrainTrain");
  return new Map(names.map((name) => [name, shared]));
}
