/** Ridge regression from options that were checked: sums over the batches, weights, and the choice among them. */
import { allocate, type ArrayInput, assertFinite, NdArray, ownArray } from "../array/mod.ts";
import { multiply } from "../linalg/products.ts";
import { accumulated, type RidgeProgress } from "./ridge_accumulate.ts";
import { type FeatureBatches, type Opened, opened, type Settled } from "./ridge_batches.ts";
import { Checkpoint } from "./ridge_checkpoint.ts";
import { fitted } from "./ridge_fit.ts";
import { validated } from "./ridge_validation.ts";

/** What came of one regularization. */
export interface RidgeRow {
  /** The regularization, as it was given. */
  readonly regularization: number;
  /** Mean of (Φ·W − Y)² over all entries of the training batches. */
  readonly trainError: number;
  /** The same of the validation batches; `null` without. */
  readonly validationError: number | null;
  /**
   * Share of the validation rows whose largest output is where that of the target is; `null` without validation, and unless all of
   * its targets are one-hot: one entry of some value, such as 1, and all others of a lower one, such as 0.
   */
  readonly validationAccuracy: number | null;
}

/** A fitted ridge regression. */
export interface RidgeModel {
  /** Outputs Φ·W for features of shape [n, features], shape [n, outputs]. */
  readonly predict: (features: ArrayInput) => Promise<NdArray<Float64Array>>;
  /** W, shape [features, outputs]. */
  readonly weights: NdArray<Float64Array>;
  /** The regularization of the least validation error, as it was given; the first of equal ones. */
  readonly regularization: number;
  /** What a regularization of 1 stands for: the mean eigenvalue of ΦᵀΦ, or 1 with `absoluteScale`. λ is their product. */
  readonly scale: number;
  /** Errors of all regularizations, in the order in which they were given. */
  readonly table: readonly RidgeRow[];
}

/** Options that were checked and completed. */
export interface RidgeProblem {
  readonly batches: FeatureBatches;
  readonly validation: FeatureBatches | null;
  readonly regularizations: readonly number[];
  readonly absoluteScale: boolean;
  readonly checkpoint: string | null;
  readonly checkpointSeconds: number;
  readonly onProgress?: (progress: RidgeProgress) => void;
  readonly signal?: AbortSignal;
}

/** Fits, and chooses. */
export async function ridgeModel(problem: RidgeProblem): Promise<RidgeModel> {
  const { validation, checkpoint, checkpointSeconds, signal } = problem;
  signal?.throwIfAborted();
  const kept = checkpoint === null ? null : await Checkpoint.at(checkpoint, checkpointSeconds);
  const settled: Settled = { width: null };
  const held = validation && await opened(validation, "validation", settled);
  try {
    return await chosen(problem, kept, settled, held);
  } finally {
    await held?.close();
  }
}

async function chosen(
  problem: RidgeProblem,
  checkpoint: Checkpoint | null,
  settled: Settled,
  held: Opened | null,
): Promise<RidgeModel> {
  const { regularizations, signal } = problem;
  const count = regularizations.length;
  const fit = await fitted(await accumulated({ ...problem, checkpoint, settled }), problem, { signal });
  const found = held && await validated(held.all(), fit.weights, count, { signal });
  const table = regularizations.map((regularization, l) => ({
    regularization,
    trainError: fit.errors[l],
    validationError: found && found.errors[l],
    validationAccuracy: found?.accuracies?.[l] ?? null,
  }));
  const best = found ? found.errors.indexOf(found.errors.reduce((a, b) => Math.min(a, b))) : 0;
  const weights = count === 1 ? fit.weights : columnsOf(fit.weights, best, count);
  return {
    predict: (features) => outputsOf(features, weights),
    weights,
    regularization: regularizations[best],
    scale: fit.scale,
    table,
  };
}

/** The weights of regularization `l`. */
function columnsOf(
  { data, shape: [rows, columns] }: NdArray,
  l: number,
  count: number,
): NdArray<Float64Array> {
  const outputs = columns / count;
  const chosen = allocate(rows * outputs, "float64");
  for (let i = 0; i < rows; i++) {
    const start = i * columns + l * outputs;
    chosen.set(data.subarray(start, start + outputs), i * outputs);
  }
  return new NdArray(chosen, [rows, outputs]);
}

async function outputsOf(
  features: ArrayInput,
  weights: NdArray<Float64Array>,
): Promise<NdArray<Float64Array>> {
  const own = ownArray(features, "features");
  if (own.shape.length !== 2 || own.shape[1] !== weights.shape[0]) {
    throw new TypeError(
      `Cannot predict as the shape of features must be [n, ${weights.shape[0]}], as of the batches: ` +
        `current value is [${own.shape.join(", ")}]`,
    );
  }
  assertFinite(own, "features");
  const outputs = await multiply(own, weights);
  assertFinite(outputs, "outputs", "predict", ", scale the features down");
  return outputs;
}
