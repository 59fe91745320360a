/** The device memory of one part of a computation: made piece by piece, freed together. */
import { guarded } from "./errors.ts";

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
