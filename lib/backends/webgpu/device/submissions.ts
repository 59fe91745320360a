/**
 * Work on its way to the device and back: buffers that are made and freed together, commands that are submitted in batches, and
 * results that are collected in one buffer and waited for once.
 *
 * In: what run/ has the device do, a piece at a time. Out: values on the host. In short, of two blocks of pairs
 *
 *     const readback = await Readback.open(submissions, bytes);
 *     for (const block of blocks) await submissions.add({ operations, done, encode });     // commands, and copies into the staging buffer
 *     await readback.read(dtype, (values) => …);                                           // submits the rest, waits, maps the buffer
 *
 * A batch is as much work as the device does in some 25 to 50 ms (`Pace`), in at most `MOST_COMMANDS` pieces: it is kept busy, and
 * JavaScript answerable.
 */
import { type DType, numbersIn, type Values } from "../../../array/dtype.ts";
import { MOST_COMMANDS } from "../budget.ts";
import type { Gpu } from "./device.ts";
import { guarded, unlessLost } from "./errors.ts";

/** Buffers that live until `destroy`. */
export class Buffers {
  readonly #made: GPUBuffer[] = [];

  constructor(readonly device: GPUDevice) {}

  /** What `make` makes with new buffers; frees them if the device refuses, as it may have made some all the same. */
  static async open<T>(device: GPUDevice, make: (buffers: Buffers) => T): Promise<T> {
    const buffers = new Buffers(device);
    try {
      return await guarded(device, () => make(buffers));
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  /** An empty buffer, of 16 bytes at least: a binding may not have none. */
  create(bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.device.createBuffer({ size: Math.max(bytes, 16), usage });
    this.#made.push(buffer);
    return buffer;
  }

  /** A buffer with these contents. */
  upload(data: Float64Array | Float32Array | Uint32Array, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.create(data.byteLength, usage | GPUBufferUsage.COPY_DST);
    // Deno ends the process where there is nothing to write.
    if (data.length > 0) this.device.queue.writeBuffer(buffer, 0, data as Uint32Array<ArrayBuffer>);
    return buffer;
  }

  /** Frees them; commands that were submitted before still run. */
  destroy(): void {
    for (const buffer of this.#made.splice(0)) buffer.destroy();
  }
}

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
    const isFull = operations > this.gpu.pace.operations || this.#waiting.length >= MOST_COMMANDS;
    if (isFull) await this.submit();
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

/** Ranges of a buffer, `bytes` bytes each and `stride` bytes apart. */
interface Ranges {
  readonly from?: number;
  readonly bytes: number;
  readonly pieces?: number;
  readonly stride?: number;
}

/** Can be used again after a read. */
export class Readback {
  #bytes = 0;

  private constructor(
    readonly submissions: Submissions,
    readonly buffers: Buffers,
    readonly staging: GPUBuffer,
  ) {}

  /** Has room for so many bytes. */
  static open(submissions: Submissions, bytes: number): Promise<Readback> {
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
    return Buffers.open(
      submissions.gpu.device,
      (buffers) => new Readback(submissions, buffers, buffers.create(bytes, usage)),
    );
  }

  /** True if so many bytes more fit in. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.staging.size;
  }

  /** Where in `staging` the next bytes go; the caller adds the commands that copy them. */
  reserve(bytes: number): number {
    const at = this.#bytes;
    this.#bytes += bytes;
    return at;
  }

  /** Adds ranges of a buffer; `done` pairs are done with them. */
  async add(source: GPUBuffer, ranges: Ranges, done = 0): Promise<void> {
    const { from = 0, bytes, pieces = 1, stride = 0 } = ranges;
    const to = this.reserve(pieces * bytes);
    await this.submissions.add({
      operations: 0,
      done,
      encode: (encoder) => {
        for (let k = 0; k < pieces; k++) {
          encoder.copyBufferToBuffer(source, from + k * stride, this.staging, to + k * bytes, bytes);
        }
      },
    });
  }

  /** Waits for the device and gives what was added to `take`, for as long as that takes. */
  async read<T>(dtype: DType, take: (values: Values) => T | Promise<T>): Promise<T> {
    await this.submissions.finish();
    const { device } = this.submissions.gpu;
    await unlessLost(device, this.staging.mapAsync(GPUMapMode.READ, 0, this.#bytes));
    const taken = await take(numbersIn(this.staging.getMappedRange(0, this.#bytes), dtype));
    this.staging.unmap();
    this.#bytes = 0;
    return taken;
  }

  /** Frees the buffer. */
  close(): void {
    this.buffers.destroy();
  }
}
