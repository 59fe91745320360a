/** Submits the blocks of a group, each with the copy of its results. */
import type { Values } from "../../../array/dtype.ts";
import { type Costs, pairsOf, type Placed } from "../vectors/blocks.ts";
import type { Gpu } from "./device.ts";
import { dispatch, type Kernel } from "./dispatch.ts";
import { Submissions } from "./submissions.ts";

/** A job under way. */
export interface Run {
  readonly gpu: Gpu;
  readonly kernel: Kernel;
  readonly costs: Costs;
  readonly results: readonly Values[];
  /** Reports the pairs done, lets timers run and stops when cancelled. */
  readonly pause: (done: number) => Promise<void>;
}

/** Submits the blocks; the device may still be at work on the last of them. */
export async function submitAll(
  { gpu, kernel, costs, pause }: Run,
  group: readonly Placed[],
  staging: GPUBuffer,
  before: number,
): Promise<void> {
  const submissions = new Submissions(gpu, pause);
  for (const block of group) {
    const pairs = pairsOf([block]);
    await submissions.add({
      operations: pairs * costs.operationsPerPair,
      done: before + block.before + pairs,
      encode: (encoder, scratch) =>
        dispatch(kernel, block, encoder, scratch, staging, block.before * costs.bytesPerPair),
    });
  }
  await submissions.finish();
}
