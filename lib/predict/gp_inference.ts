/** Exact Gaussian process regression with the kernels of an infinitely wide network. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import {
  type ByName,
  byName,
  type Gaussian,
  type Get,
  namesOf,
  optionsOf,
  type PosteriorName,
  predictionOf,
  queryOf,
  regularizerNames,
  traceNames,
} from "./queries.ts";
import {
  availableKernels,
  isNamed,
  type KernelName,
  type Kernels,
  ownKernels,
  selectKernel,
} from "./kernels.ts";
import { labelsOf, type TraceOptions } from "./labels.ts";
import type { TestKernels } from "./kernel_matrix.ts";
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
   * Test–train kernels, shape [tests, trains]. Nothing means the training points themselves: the same as kTrainTrain here
   * and in `kTestTest`. Without regularizer the posterior there is (yTrain, 0), and for a singular kernel the projection of
   * yTrain on its range.
   */
  readonly kTestTrain?: Kernels | null;
  /**
   * Test–test kernels, shape [tests, tests], for the covariance (`true` where `kTestTrain` is left out). Nothing means the
   * mean alone.
   */
  readonly kTestTest?: C;
}

/** What `gpInference` returns: a function that predicts, and how it solved with its kernels. */
export interface GpPredictFn {
  /**
   * The mean, shape [...tests, channels], or mean and covariance if `kTestTest` is given: one for one name, a record
   * by name for a list or nothing.
   */
  <const G extends Get<PosteriorName> = null, C extends Kernels | true | null | undefined = null>(
    query?: GpInferenceQuery<G, C>,
  ): Promise<ByName<G, C extends null | undefined ? NdArray<Float64Array> : Gaussian>>;
  /** `jitter` of the reports: the size up to which eigenvalues of each kernel were taken for 0. */
  readonly jitter: JitterByKernel;
  /** How each kernel that was needed so far was solved with: its rank, condition number and residual. */
  readonly report: ReportByKernel;
}

type Query = GpInferenceQuery<Get<PosteriorName>, Kernels | true | null>;

const NAMES: readonly PosteriorName[] = ["nngp", "ntk", "ntkgp"];

/**
 * Regression with the NNGP or NTK of an infinitely wide network: with K = kTrainTrain + diagReg·s·I the mean is
 * K*·K⁻¹·y, and the covariance K** − K*·K⁻¹·K*ᵀ for `"nngp"` and `"ntkgp"`. For `"ntk"`, Θ = the NTK and K = the NNGP
 * kernel, it is K** + T·K·Tᵀ − (T·K*ᵀ + K*·Tᵀ) with T = Θ*·Θ⁻¹: Rasmussen & Williams 2006, §2.2; Lee et al. 2019
 * (arXiv:1902.06720), §2.3.
 *
 * At the training points, with or without `kTestTrain`, K* and K** are the kernels themselves, without the regularizer:
 * with one the mean is not y. (The Python library has (y, 0) there unless it is given their kernels again.)
 *
 * Equal training points make K singular. Its eigenvalues that could be rounding errors are then taken for 0: those up
 * to n·ε·λₘₐₓ or, for kernels in float32, whose entries are wrong independently of each other, 2·√n·ε·max|kᵢⱼ| with the
 * ε of float32. K⁻¹ is the pseudo-inverse, the limit of a jitter that tends to 0, and the mean at equal points with
 * different targets is their average. Digits lost to the condition number of K are restored by iterative refinement. A
 * kernel in float32 has no more than its own digits: what the targets have along directions that rounding has covered
 * is left out, and refused if it is more than a thousandth. A variance that rounding made negative is 0; a more
 * negative one is refused.
 *
 * The first prediction factors the kernel in float64, n³/3 operations for n training points (about ten times as many if
 * it is nearly singular), and later ones reuse the factor. From n = 256 on, LAPACK does this, and BLAS multiplies large
 * matrices, where Deno has OpenBLAS or Accelerate and the permission to call it (`--allow-ffi`).
 *
 * @param kTrainTrain Kernel of the training points, shape [n, n] (or [n, n, p, p, …] for outputs at positions): one
 * array, or a record (such as a `Kernel`) of `nngp` and `ntk`. The covariance for `"ntk"` needs both.
 * @param yTrain Targets, shape [n, channels] (or [n, p, …, channels]).
 * @returns An async function of `{ get, kTestTrain, kTestTest }`; its properties `jitter` and `report` say how the kernels were
 * solved with.
 * @throws {TypeError} for shapes that do not fit together and kernels that are missing.
 * @throws {RangeError} for entries that are not finite, a kernel that is not symmetric, a negative `diagReg` or
 * `maxJitter`, an unknown `get`, variances that are negative beyond rounding, and results beyond 1.8e308.
 * @throws {UnsupportedError} for any `traceAxes` but [-1], and for a `Kernel` of outputs that are not Gaussian.
 * @throws {NotPositiveDefiniteError} (when predicting) if the kernel has negative eigenvalues beyond `maxJitter`, or
 * any of 0 if that is 0, or if it is too ill-conditioned for float32; raise `diagReg`. Also if the test–train kernel
 * does not vanish where the train–train kernel does.
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
 * @example Two measurements at one point
 * ```ts
 * import assert from "node:assert/strict";
 * import { gpInference } from "./gp_inference.ts";
 *
 * const predictFn = gpInference([[1, 1], [1, 1]], [[0.1], [0.7]]);
 * const mean = await predictFn({ get: "nngp", kTestTrain: [[1, 1]] });
 * assert.ok(Math.abs(mean.at(0, 0) - 0.4) < 1e-15);
 * const { rank, residual } = predictFn.report.nngp!;
 * assert.equal(rank, 1);
 * // ±0.3 of (0.1, 0.7) cannot be fitted.
 * assert.ok(Math.abs(residual! - 0.6) < 1e-15);
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
  const o = optionsOf<GpInferenceOptions>({ ...regularizerNames, ...traceNames }, options);
  const kernels = trainKernels(ownKernels(kTrainTrain, "kTrainTrain"), o);
  const [{ kernel }] = kernels.values();
  const labels = labelsOf(yTrain, kernel.rows, o);
  const predict = async (query: Query = {}) => {
    const { get, ...points } = queryOf<Query>({ get: null, kTestTrain: null, kTestTest: null }, query);
    const names = namesOf(get, [...kernels.keys()], NAMES);
    const test = testKernels(points);
    const { posterior } = await import("./engine.ts");
    return await byName(
      get,
      names,
      async (name) => predictionOf(await posterior(name, kernels, labels, test)),
    );
  };
  return withReport(predict, reportsOf(() => kernels)) as GpPredictFn;
}

/** The kernels of a query, which are the caller's until here. */
function testKernels({ kTestTrain = null, kTestTest = null }: Query): TestKernels {
  if (kTestTrain === null) {
    if (kTestTest === null || kTestTest === true) return { testTrain: null, testTest: kTestTest };
    throw new TypeError(
      "Cannot predict as kTestTest must be true at the training points, where kTestTrain is left out: " +
        "current value is a kernel, give kTestTrain to predict at other points",
    );
  }
  if (kTestTest === true) {
    throw new TypeError(
      "Cannot predict as kTestTest must be a kernel if kTestTrain is given: current value is true",
    );
  }
  return {
    testTrain: ownKernels(kTestTrain, "kTestTrain"),
    testTest: kTestTest && ownKernels(kTestTest, "kTestTest"),
  };
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
