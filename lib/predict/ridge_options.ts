/** The options of ridge regression, and the problem that they state once they are checked. */
import { show } from "../array/mod.ts";
import { abortSignal, callable, flag, nonNegative, positive, withDefaults, wrongType } from "../options.ts";
import type { RidgeProgress } from "./ridge_accumulate.ts";
import { ACTION, type FeatureBatches, requireStream } from "./ridge_batches.ts";
import type { RidgeProblem } from "./ridge_model.ts";

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

/** The problem of batches with all options, which may be wrong. */
export function ridgeProblem(batches: FeatureBatches, options: RidgeOptions): RidgeProblem {
  const given = withDefaults(ACTION, defaults, options);
  return {
    batches: requireBatches(batches, "batches"),
    validation: given.validation == null ? null : requireBatches(given.validation, "validation"),
    regularizations: regularizationsOf(given),
    absoluteScale: flag(ACTION, "absoluteScale", given.absoluteScale!),
    checkpoint: given.checkpoint == null ? null : requirePath(given.checkpoint),
    checkpointSeconds: nonNegative(ACTION, "checkpointSeconds", given.checkpointSeconds!),
    onProgress: given.onProgress && callable(ACTION, "onProgress", given.onProgress),
    signal: given.signal && abortSignal(ACTION, "signal", given.signal),
  };
}

const requireBatches = (batches: FeatureBatches, name: string): FeatureBatches =>
  typeof batches === "function"
    ? batches
    : requireStream(batches, name, "an iterable of { features, targets }, or a function that gives one");

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
