/** Submits commands in batches that keep the device busy and the JavaScript thread answerable. */
import { Buffers } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { guarded, unlessLost } from "./errors.ts";

/** Commands that are submitted together with others. */
export interface Work {
  /** Arithmetic operations, roughly */
  readonly operations: number;
  /** Pairs that are done when the device has done this */
  readonly done: number;
  /** Adds the commands to an encoder; what only they need is made in `scratch` */
  readonly encode: (encoder: GPUCommandEncoder, scratch: Buffers) => void;
}

/**
 * Collects commands until they are as much work as the device's pace, and submits them while the device works on those before.
 *
 * In Deno the call of `onSubmittedWorkDone` waits for the device, and its promise another 10 ms: during these the next batch runs.
 */
export class Submissions {
  readonly #waiting: Work[] = [];
  readonly #retired: Buffers[] = [];
  /** Pairs that were reported done */
  #done = 0;
  #running: { readonly finished: Promise<unknown>; readonly done: number } | null = null;
  #last = performance.now();

  /** `pause` reports the pairs done, lets timers run and stops when cancelled. */
  constructor(readonly gpu: Gpu, readonly pause: (done: number) => Promise<void>) {}

  /** Adds commands to the next batch. */
  async add(work: Work): Promise<void> {
    const operations = this.#waiting.reduce((sum, { operations }) => sum + operations, work.operations);
    if (operations > this.gpu.pace.operations) await this.submit();
    this.#waiting.push(work);
  }

  /** Frees buffers as soon as all commands that were added before are submitted: they may still read them. */
  retire(buffers: Buffers): void {
    this.#retired.push(buffers);
  }

  /** Frees them at once: nothing more will be submitted. */
  close(): void {
    for (const buffers of this.#retired.splice(0)) buffers.destroy();
  }

  /** Submits what was added and waits for the batch before it. */
  async submit(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const start = performance.now();
    const batch = this.#waiting.splice(0);
    await this.#submitBatch(batch);
    await this.#settle();
    const finished = this.gpu.device.queue.onSubmittedWorkDone();
    this.#running = { finished, done: batch[batch.length - 1].done };
    const now = performance.now();
    // The host may have been at work on its own since the last batch.
    this.gpu.pace.adapt(now - this.#last, now - start);
    this.#last = now;
  }

  /** Submits the last commands; what reads their results waits for them. */
  async finish(): Promise<void> {
    const batch = this.#waiting.splice(0);
    if (batch.length > 0) await this.#submitBatch(batch);
    await this.#settle();
  }

  /** To be called now and then during long work of the host. */
  async rest(): Promise<void> {
    await this.pause(this.#done);
  }

  /** Waits for the batch that the device works on, if any, and reports its pairs. */
  async #settle(): Promise<void> {
    if (!this.#running) return;
    const { finished, done } = this.#running;
    this.#running = null;
    await unlessLost(this.gpu.device, finished);
    this.#done = done;
    await this.rest();
  }

  /** Encodes and submits; what was made for these commands alone is freed, as they still run. */
  async #submitBatch(batch: readonly Work[]): Promise<void> {
    const { device } = this.gpu;
    const scratch = new Buffers(device);
    try {
      await guarded(device, () => {
        const encoder = device.createCommandEncoder();
        for (const { encode } of batch) encode(encoder, scratch);
        device.queue.submit([encoder.finish()]);
      });
    } finally {
      scratch.destroy();
      this.close();
    }
  }
}
