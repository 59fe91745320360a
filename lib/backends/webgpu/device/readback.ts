/** Values on their way from the device to the host, in one buffer: copies are collected, and waited for once. */
import { type DType, numbersIn, type Values } from "../../../array/dtype.ts";
import { Buffers } from "./buffers.ts";
import { unlessLost } from "./errors.ts";
import type { Submissions } from "./submissions.ts";

/** Ranges of a buffer, `bytes` bytes each and `stride` bytes apart. */
export interface Ranges {
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
