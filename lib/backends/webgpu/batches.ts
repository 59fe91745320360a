/** Submits blocks in batches that keep the device busy and the JavaScript thread answerable. */
import type { Values } from "../backend.ts";
import { type Costs, pairsOf, type Placed } from "./blocks.ts";
import { Buffers } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { dispatch, type Kernel } from "./dispatch.ts";
import { guarded } from "./errors.ts";

/** A job under way. */
export interface Run {
  readonly gpu: Gpu;
  readonly kernel: Kernel;
  readonly costs: Costs;
  readonly results: readonly Values[];
  /** Reports the pairs done, lets timers run and stops when cancelled. */
  readonly pause: (done: number) => Promise<void>;
}

/**
 * Submits the blocks, a batch ahead of the one that the device works on.
 *
 * In Deno the call of `onSubmittedWorkDone` waits for the device, and its promise another 10 ms: during these the next batch runs.
 */
export async function submitAll(
  run: Run,
  group: readonly Placed[],
  staging: GPUBuffer,
  before: number,
): Promise<void> {
  const { gpu: { device, pace }, costs } = run;
  let last = performance.now();
  let finished: Promise<unknown> = Promise.resolve();
  for (let start = 0; start < group.length;) {
    const end = batchEnd(group, start, pace.operations / costs.operationsPerPair);
    await submit(run, group.slice(start, end), staging);
    await finished;
    if (start > 0) await run.pause(before + group[start].before);
    start = end;
    if (end === group.length) return;
    finished = device.queue.onSubmittedWorkDone();
    pace.adapt(performance.now() - last);
    last = performance.now();
  }
}

/** The end of the batch of blocks from `start` on that has at most `pairs` pairs, or one block. */
function batchEnd(group: readonly Placed[], start: number, pairs: number): number {
  let end = start + 1;
  while (end < group.length && pairsOf([group[end]]) + group[end].before - group[start].before <= pairs) {
    end++;
  }
  return end;
}

async function submit(
  { gpu: { device }, kernel, costs: { bytesPerPair } }: Run,
  batch: readonly Placed[],
  staging: GPUBuffer,
): Promise<void> {
  const scratch = new Buffers(device);
  try {
    await guarded(device, () => {
      const encoder = device.createCommandEncoder();
      for (const block of batch) {
        dispatch(kernel, block, encoder, scratch, staging, block.before * bytesPerPair);
      }
      device.queue.submit([encoder.finish()]);
    });
  } finally {
    scratch.destroy();
  }
}
