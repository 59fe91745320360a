/** Errors of many weights at points that training has not seen. */
import { largestAt, OneHot } from "./one_hot.ts";
import { assertFinite, type NdArray } from "../array/mod.ts";
import { multiply } from "../linalg/products.ts";
import { breather, type Watch } from "../pause.ts";
import { inRanges, inTurns } from "../steps.ts";
import { ACTION, type Batch } from "./ridge_batches.ts";

/** What validation says about each of the weights. */
export interface Validation {
  /** Mean squared errors. */
  readonly errors: Float64Array;
  /** Shares of the rows whose largest output is that of the target; null if the targets are not one-hot. */
  readonly accuracies: Float64Array | null;
}

/** Entries that are compared in a step, some milliseconds. */
const STEP_ENTRIES = 2 ** 18;

/**
 * Runs over the batches once, with all weights at a time, side by side as of `RidgeFit`. That computes differences entry by entry:
 * the quadratic form tr(WᵀAW) − 2·tr(WᵀB) + Σy² of their normal equations would lose small errors to rounding.
 */
export async function validated(
  batches: AsyncIterable<Batch>,
  weights: NdArray<Float64Array>,
  count: number,
  { signal }: Pick<Watch, "signal">,
): Promise<Validation> {
  const sums = new Float64Array(count);
  const hits = new Float64Array(count);
  const oneHot = new OneHot();
  let rows = 0, outputs = 1;
  const breathe = breather({ signal });
  for await (const { features, targets } of batches) {
    const predicted = await multiply(features, weights);
    assertFinite(predicted, "outputs", ACTION, ", scale the features of validation down");
    [rows, outputs] = [rows + targets.shape[0], targets.shape[1]];
    const steps = inRanges(targets.shape[0], Math.ceil(STEP_ENTRIES / weights.shape[1]), (start, end) => {
      for (let row = start; row < end; row++) {
        const target = targets.data.subarray(row * outputs, (row + 1) * outputs);
        oneHot.look(target);
        const hit = largestAt(target, 0, outputs);
        for (let l = 0; l < count; l++) {
          const at = (row * count + l) * outputs;
          for (let c = 0; c < outputs; c++) sums[l] += (predicted.data[at + c] - target[c]) ** 2;
          if (largestAt(predicted.data, at, outputs) === hit) hits[l]++;
        }
      }
    });
    await inTurns(steps, breathe);
    await breathe();
  }
  return {
    errors: sums.map((sum) => sum / (rows * outputs)),
    accuracies: oneHot.holds ? hits.map((hit) => hit / rows) : null,
  };
}
