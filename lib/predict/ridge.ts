/** Ridge regression on features that come batch by batch. */
import { show } from "../array/mod.ts";
import { abortSignal, callable, flag, nonNegative, positive, withDefaults, wrongType } from "../options.ts";
import type { RidgeProgress } from "./ridge_accumulate.ts";
import { ACTION, type FeatureBatches, requireStream } from "./ridge_batches.ts";
import type { RidgeModel } from "./ridge_model.ts";

/** Options of `ridge`. */
export interface RidgeOptions {
  /**
   * Regularizations to choose among by validation, or a single one: positive multiples of the mean eigenvalue tr(ΦᵀΦ)/features,
   * unless `absoluteScale` is true. Default 20 from 1e-10 to 100, equally spaced on a logarithmic scale.
   */
  readonly regularizations?: number | readonly number[];
  /** `true` for regularizations λ that are added to the diagonal of ΦᵀΦ as they are. Default `false`. */
  readonly absoluteScale?: boolean;
  /**
   * Batches of other points, as those of training, to choose a regularization by. The first one is read before training, the others
   * after it. Default `null`: nothing to choose by, so `regularizations` must be a single one.
   */
  readonly validation?: FeatureBatches | null;
  /**
   * Path of a file that keeps the sums, 8·features·(features + outputs) bytes, for one call at a time. If it is there, the call goes
   * on from it; it is not removed at the end, and a later call with other options, or with more batches, goes on from it, too.
   * Default `null`: no file is touched. Needs Deno, and the permissions to read and write `checkpoint` and `checkpoint + ".partial"`.
   */
  readonly checkpoint?: string | null;
  /** Seconds between two checkpoints; 0 for one after each batch. Default 60. */
  readonly checkpointSeconds?: number;
  /** Called after each batch with the numbers of batches and rows in the sums. */
  readonly onProgress?: (progress: RidgeProgress) => void;
  /**
   * Stops the fit, which then rejects with the signal's reason and leaves the last checkpoint as it was. Heard between batches and
   * inside products and eigenvalues; calls of BLAS are finished first.
   */
  readonly signal?: AbortSignal;
}

const GRID = 20;

const defaults: RidgeOptions = {
  regularizations: Array.from({ length: GRID }, (_, l) => 10 ** (-10 + 12 * l / (GRID - 1))),
  absoluteScale: false,
  validation: null,
  checkpoint: null,
  checkpointSeconds: 60,
  onProgress: undefined,
  signal: undefined,
};

/**
 * Ridge regression W = (ΦᵀΦ + λ·I)⁻¹·ΦᵀY, the minimum of ‖Φ·W − Y‖² + λ·‖W‖², for features Φ of which a batch of rows exists at a
 * time, such as random features of a kernel: Hoerl & Kennard 1970; Rasmussen & Williams 2006, §2.1. It predicts what `gpInference`
 * does with the kernel Φ·Φᵀ and an absolute `diagReg` of λ, in time and memory that do not grow with the square of the points.
 *
 * ΦᵀΦ, ΦᵀY and Σy² are summed in float64 batch by batch, rows·features² operations, by BLAS where there is one; batches of some
 * hundred rows or more make the most of it. One eigendecomposition ΦᵀΦ = U·Λ·Uᵀ, about 10·features³ operations, gives the weights
 * U·(Λ + λ)⁻¹·UᵀΦᵀY of all regularizations, and validation takes the one with the least mean squared error. It runs over its batches
 * once, with all weights at a time: features·outputs operations for each row and regularization. The weights chosen are those of the
 * training batches alone.
 *
 * Memory: at most three arrays of features² numbers in float64, one of features·outputs·regularizations, and a batch of each kind.
 *
 * Nothing is centred: give the features a constant column for an intercept, which is regularized like any other. Eigenvalues up to
 * features·ε·λₘₐₓ could be rounding errors of 0: unless λ is larger, their directions are dropped. The sums square the condition
 * number of Φ, so directions smaller than √ε times the largest are beyond float64. Training errors follow from the sums, and are 0
 * where their rounding errors, some ε·(λₘₐₓ/λ) of the mean square of the targets, exceed them.
 *
 * With a `checkpoint`, a call that was killed, or stopped by its signal, is repeated and goes on after the last batch that the file
 * has. The batches must be the same in the same order: their fingerprints (of all targets and the first row of features) are compared.
 * If `batches` is an iterable, those that were seen are iterated and skipped. A function is called with the number of the last one that
 * was seen, which is compared, and not added again. The result has the same bits as without interruption, on the same machine with the
 * same number of threads.
 *
 * @param batches An iterable, with or without waiting, of `{ features, targets }`, arrays of shape [rows, features] and
 * [rows, outputs] in float64 or float32; or a function that gives those from the batch with a given number on. Each is read when its
 * turn comes, and may be changed when the next one is asked for.
 * @returns The model: `predict`, `weights`, the `regularization` chosen, its `scale`, and a `table` of errors.
 * @throws {TypeError} for batches of other shapes than the first, names that are none, and a checkpoint that is another file, was cut
 * off or damaged, or is of other batches.
 * @throws {RangeError} for no batches, entries that are not finite, regularizations that are not positive, several of them without
 * validation, a checkpoint in a folder that is not there, and sums of squares beyond 1.8e308 or below 1e-290.
 * @throws {UnsupportedError} for a checkpoint where there is no Deno.
 *
 * @example A line through three points, in two batches
 * ```ts
 * import assert from "node:assert/strict";
 * import { ridge } from "./ridge.ts";
 *
 * const batches = [
 *   { features: [[1, 0], [1, 1]], targets: [[1], [3]] },
 *   { features: [[1, 2]], targets: [[5]] },
 * ];
 * const { weights, predict } = await ridge(batches, { regularizations: 1e-12 });
 * assert.ok(Math.abs(weights.at(0, 0) - 1) < 1e-9 && Math.abs(weights.at(1, 0) - 2) < 1e-9);
 * assert.ok(Math.abs((await predict([[1, 10]])).at(0, 0) - 21) < 1e-9);
 * ```
 *
 * @example A regularization chosen by validation
 * ```ts
 * import assert from "node:assert/strict";
 * import { ridge } from "./ridge.ts";
 *
 * const batches = [{ features: [[1], [1]], targets: [[1], [3]] }];
 * const validation = [{ features: [[1]], targets: [[1]] }];
 * const model = await ridge(batches, { regularizations: [0.1, 2, 50], absoluteScale: true, validation });
 * assert.equal(model.regularization, 2);
 * assert.ok(Math.abs(model.weights.at(0, 0) - 4 / (2 + 2)) < 1e-15);
 * assert.deepEqual(model.table.map(({ validationError }) => validationError!.toFixed(3)), ["0.819", "0.000", "0.852"]);
 * ```
 */
export async function ridge(batches: FeatureBatches, options: RidgeOptions = {}): Promise<RidgeModel> {
  const given = withDefaults<RidgeOptions>(ACTION, defaults, options);
  const problem = {
    batches: requireBatches(batches, "batches"),
    validation: given.validation == null ? null : requireBatches(given.validation, "validation"),
    regularizations: regularizationsOf(given),
    absoluteScale: flag(ACTION, "absoluteScale", given.absoluteScale!),
    checkpoint: given.checkpoint == null ? null : requirePath(given.checkpoint),
    checkpointSeconds: nonNegative(ACTION, "checkpointSeconds", given.checkpointSeconds!),
    onProgress: given.onProgress && callable(ACTION, "onProgress", given.onProgress),
    signal: given.signal && abortSignal(ACTION, "signal", given.signal),
  };
  const { ridgeModel } = await import("./engine.ts");
  return await ridgeModel(problem);
}

const requireBatches = (batches: FeatureBatches, name: string): FeatureBatches =>
  typeof batches === "function"
    ? batches
    : requireStream(batches, name, "an iterable of { features, targets }, or a function that gives one");

/** Own regularizations, which the caller may change. */
function regularizationsOf({ regularizations, validation }: RidgeOptions): number[] {
  if (typeof regularizations === "number") return [positive(ACTION, "regularizations", regularizations)];
  if (!Array.isArray(regularizations) || regularizations.length === 0) {
    throw wrongType(ACTION, "regularizations", "a number or a list of numbers", regularizations);
  }
  if (validation == null && regularizations.length > 1) {
    throw new RangeError(
      `Cannot ${ACTION} as regularizations must be a single number without validation: ` +
        `current value is ${show(regularizations)}, give validation to choose by`,
    );
  }
  return regularizations.map((value, i) => positive(ACTION, `regularizations[${i}]`, value));
}

function requirePath(path: string): string {
  if (typeof path === "string" && path !== "") return path;
  throw wrongType(ACTION, "checkpoint", "the path of a file", path);
}
