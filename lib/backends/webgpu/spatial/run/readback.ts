/** Values on their way from the device to the host, in one buffer. */
import { allocate, bytesOf, type Values } from "../../../../array/dtype.ts";
import { Buffers } from "../../device/buffers.ts";
import { guarded } from "../../device/errors.ts";
import { unlessLost } from "../../device/loss.ts";
import type { Session } from "./session.ts";

/** Collects copies, waits once for all of them, and can be used again. */
export class Readback {
  #bytes = 0;

  private constructor(
    readonly session: Session,
    readonly buffers: Buffers,
    readonly staging: GPUBuffer,
  ) {}

  /** Has room for so many bytes. */
  static async open(session: Session, bytes: number): Promise<Readback> {
    const { device } = session.gpu;
    const buffers = new Buffers(device);
    const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
    return new Readback(session, buffers, await guarded(device, () => buffers.create(bytes, usage)));
  }

  /** True if so many bytes more fit in. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.staging.size;
  }

  /** Adds `pieces` ranges of `bytes` bytes of a buffer, `stride` bytes apart; `done` pairs are done with it. */
  async add(
    source: GPUBuffer,
    { from = 0, bytes, pieces = 1, stride = 0 }: {
      from?: number;
      bytes: number;
      pieces?: number;
      stride?: number;
    },
    done = 0,
  ): Promise<void> {
    const to = this.#bytes;
    this.#bytes += pieces * bytes;
    await this.session.submissions.add({
      operations: 0,
      done,
      encode: (encoder) => {
        for (let k = 0; k < pieces; k++) {
          encoder.copyBufferToBuffer(source, from + k * stride, this.staging, to + k * bytes, bytes);
        }
      },
    });
  }

  /** Waits for the device and gives what was added. */
  async read(): Promise<Values> {
    const { submissions, job: { dtype } } = this.session;
    await submissions.finish();
    const { device } = this.session.gpu;
    await unlessLost(device, this.staging.mapAsync(GPUMapMode.READ, 0, this.#bytes));
    const mapped = this.staging.getMappedRange(0, this.#bytes);
    const values = allocate(this.#bytes / bytesOf[dtype], dtype);
    values.set(dtype === "float32" ? new Float32Array(mapped) : new Float64Array(mapped));
    this.staging.unmap();
    this.#bytes = 0;
    return values;
  }

  /** Frees the buffer. */
  close(): void {
    this.buffers.destroy();
  }
}
