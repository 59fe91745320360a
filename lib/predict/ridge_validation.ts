/** Errors of many weights at points that training has not seen. */
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

/** Where the largest of so many entries from `start` on is; the first one if several are. */
function largestAt(data: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (data[start + c] > data[start + best]) best = c;
  return best;
}

/** Whether all targets have one entry of one value and the rest of a lower one, such as 1 and 0, or 0.9 and −0.1. */
class OneHot {
  #low: number | null = null;
  #high = 0;
  /** True as long as no target was anything else. */
  holds = true;

  look(target: Float64Array): void {
    if (!this.holds) return;
    if (this.#low === null) {
      this.#high = target.reduce((a, b) => Math.max(a, b));
      this.#low = target.reduce((a, b) => Math.min(a, b));
    }
    let highs = 0, lows = 0;
    for (const value of target) {
      if (value === this.#high) highs++;
      else if (value === this.#low) lows++;
    }
    this.holds = highs === 1 && lows === target.length - 1 && lows > 0;
  }
}
