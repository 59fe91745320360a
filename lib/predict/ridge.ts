/** Ridge regression on features that come batch by batch. */
import { requireObject } from "../options.ts";
import type { FeatureBatches } from "./ridge_batches.ts";
import type { RidgeModel } from "./ridge_model.ts";
import type { RidgeOptions } from "./ridge_options.ts";

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
  const own = ownOptions(options);
  const { ridgeModel, ridgeProblem } = await import("./engine.ts");
  return await ridgeModel(ridgeProblem(batches, own));
}

/** Options as they are now: the caller may change them, and a list among them, after the call. */
function ownOptions(options: RidgeOptions): RidgeOptions {
  const { regularizations: list, ...rest } = requireObject("fit ridge regression", "its options", options);
  return { ...rest, regularizations: Array.isArray(list) ? [...list] : list };
}
