/** Sums over batches, from nothing or from a checkpoint. */
import { breather } from "../pause.ts";
import { batchesFrom, type FeatureBatches, noBatches, type Settled } from "./ridge_batches.ts";
import { type Checkpoint, REMOVE } from "./ridge_checkpoint.ts";
import { chained, type Counts, noCounts, printOf, RidgeSums } from "./ridge_sums.ts";

/** How far the sums over batches are. */
export interface RidgeProgress {
  /** Batches that are in the sums, those of a checkpoint too. */
  readonly done: number;
  /** Their rows. */
  readonly rows: number;
}

/** What to sum, and who watches over it. */
export interface Accumulation {
  readonly batches: FeatureBatches;
  readonly checkpoint: Checkpoint | null;
  readonly settled: Settled;
  readonly onProgress?: (progress: RidgeProgress) => void;
  readonly signal?: AbortSignal;
}

/** The sums over all batches. Those that the checkpoint has seen are compared with it, as far as they are given, and skipped. */
export async function accumulated(
  { batches, checkpoint, settled, onProgress, signal }: Accumulation,
): Promise<RidgeSums> {
  signal?.throwIfAborted();
  let sums = await checkpoint?.read() ?? null;
  const seen = sums?.counts ?? noCounts(0, 0);
  // The last batch of the checkpoint is asked for again, as nothing else tells whether it is of these batches.
  let index = typeof batches === "function" ? Math.max(seen.batches - 1, 0) : 0;
  let chain = "";
  const breathe = breather({ signal });
  for await (const batch of batchesFrom(batches, "batches", settled, index)) {
    index++;
    requireWidth(checkpoint, seen, settled);
    if (index <= seen.batches) {
      const last = printOf(batch);
      chain = chained(chain, last);
      const isSeen = typeof batches === "function" ? last === seen.last : chain === seen.chain;
      if (index === seen.batches && !isSeen) throw otherBatches(checkpoint!, seen);
    } else {
      sums ??= new RidgeSums(noCounts(batch.features.shape[1], batch.targets.shape[1]));
      await sums.add(batch, { signal });
      await checkpoint?.writeIfDue(sums);
      onProgress?.({ done: sums.counts.batches, rows: sums.counts.rows });
    }
    await breathe();
  }
  if (sums === null) throw noBatches("batches");
  if (index < seen.batches) throw otherBatches(checkpoint!, seen);
  if (sums.counts.batches > seen.batches) await checkpoint?.write(sums);
  return sums;
}

/** Refuses a checkpoint of other features or outputs. */
function requireWidth(checkpoint: Checkpoint | null, seen: Counts, { width }: Settled): void {
  if (checkpoint === null || seen.batches === 0 || width === null) return;
  for (const name of ["features", "outputs"] as const) {
    if (seen[name] === width[name]) continue;
    throw checkpoint.refusal(
      `its number of ${name}`,
      `${width[name]}, as of ${width.of}`,
      seen[name],
      REMOVE,
    );
  }
}

const otherBatches = (checkpoint: Checkpoint, { batches }: Counts): TypeError =>
  checkpoint.refusal("the batches that it has seen", `the first ${batches} of batches`, "others", REMOVE);
