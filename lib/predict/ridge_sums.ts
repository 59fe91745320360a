/**
 * The normal equations of ridge regression: sums over rows of which each batch adds its share. In: batches. Out: A = ΦᵀΦ, B = ΦᵀY
 * and Σy², in float64, from which all else follows; nothing has a row for each point.
 */
import { allocate, NdArray } from "../array/mod.ts";
import { gramOfColumns, transposedMultiply } from "../linalg/products.ts";
import { answering, type Watch } from "../pause.ts";
import { inRanges } from "../steps.ts";
import { Fingerprint } from "../fingerprint.ts";
import { ACTION, type Batch } from "./ridge_batches.ts";

/** Numbers that say how far the sums are, and over what. */
export interface Counts {
  /** D, the columns of Φ. */
  readonly features: number;
  /** Columns of Y. */
  readonly outputs: number;
  /** Batches that were added. */
  readonly batches: number;
  /** Their rows. */
  readonly rows: number;
  /** Σy² over all entries of Y. */
  readonly squares: number;
  /** A fingerprint of all batches in order. */
  readonly chain: string;
  /** A fingerprint of the last batch. */
  readonly last: string;
}

/** Sums over no batch. */
export const noCounts = (features: number, outputs: number): Counts => ({
  ...{ features, outputs, batches: 0, rows: 0, squares: 0, chain: "", last: "" },
});

/** The sums over the batches so far. */
export class RidgeSums {
  /** A = ΦᵀΦ, shape [features, features], symmetric to the last digit. */
  readonly gram: NdArray<Float64Array>;
  /** B = ΦᵀY, shape [features, outputs]. */
  readonly cross: NdArray<Float64Array>;
  #counts: Counts;

  /** Zeros, to which batches are added, or into which a checkpoint is read that has these counts. */
  constructor(counts: Counts) {
    const { features, outputs } = counts;
    this.gram = new NdArray(allocate(features * features, "float64"), [features, features]);
    this.cross = new NdArray(allocate(features * outputs, "float64"), [features, outputs]);
    this.#counts = counts;
  }

  /** What was added so far. */
  get counts(): Counts {
    return this.#counts;
  }

  /** Adds a batch. An abort leaves the sums as they were, or as they are after the batch. */
  async add({ features, targets }: Batch, watch: Pick<Watch, "signal">): Promise<void> {
    const gram = await gramOfColumns(features, watch);
    const cross = await transposedMultiply(features, targets, watch);
    await addTo(this.gram.data, gram.data);
    await addTo(this.cross.data, cross.data);
    const before = this.#counts;
    const last = printOf({ features, targets });
    this.#counts = {
      ...before,
      batches: before.batches + 1,
      rows: before.rows + features.shape[0],
      squares: before.squares + sumOfSquares(targets.data),
      chain: chained(before.chain, last),
      last,
    };
    this.#requireFinite();
  }

  /** Refuses sums that have overflowed; |aᵢⱼ|² ≤ aᵢᵢ·aⱼⱼ and |bᵢⱼ|² ≤ aᵢᵢ·Σy² answer for the rest. */
  #requireFinite(): void {
    const { features, squares } = this.#counts;
    let largest = squares;
    for (let i = 0; i < features; i++) largest = Math.max(largest, this.gram.data[i * features + i]);
    if (Number.isFinite(largest)) return;
    throw new RangeError(
      `Cannot ${ACTION} as sums of squares of features and targets must stay below 1.8e308: ` +
        `current value is ${largest}, scale both down`,
    );
  }
}

/** A fingerprint of a batch: its first row of features, and all targets. */
export const printOf = ({ features, targets }: Batch): string =>
  new Fingerprint().numbers(Float64Array.from(features.shape))
    .numbers(features.data.subarray(0, features.shape[1])).numbers(targets.data).digits;

/** The fingerprint of batches with one more. */
export const chained = (chain: string, last: string): string => new Fingerprint().text(chain + last).digits;

/** Additions in a step, a millisecond. */
const STEP_ADDITIONS = 2 ** 20;

/** a += b, which no abort leaves half done. */
async function addTo(a: Float64Array, b: Float64Array): Promise<void> {
  const steps = inRanges(a.length, STEP_ADDITIONS, (start, end) => {
    for (let i = start; i < end; i++) a[i] += b[i];
  });
  await answering(steps);
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}
