/** The device memory of one part of a computation: made piece by piece, freed together. */

/** Buffers that live until `destroy`. */
export class Buffers {
  readonly #made: GPUBuffer[] = [];

  constructor(readonly device: GPUDevice) {}

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
