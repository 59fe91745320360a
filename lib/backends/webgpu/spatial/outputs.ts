/** The outputs of pairs on their way to the host: packed in one buffer until it is full, then read at once. */
import { allocate } from "../../../array/dtype.ts";
import type { Values } from "../../backend.ts";
import { type Buffers, bytesOf } from "../buffers.ts";
import { guarded } from "../errors.ts";
import type { PairRange } from "./pair_blocks.ts";
import type { Results } from "./results.ts";
import type { Session } from "./session.ts";

/** A readback is at most this long; the host holds as much once more. */
const STAGING_BYTES = 2 ** 29;

/** Collects outputs. */
export class Outputs {
  #packed: PairRange[] = [];
  #pairs = 0;

  private constructor(
    readonly session: Session,
    readonly results: Results,
    readonly staging: GPUBuffer,
    readonly bytesPerPair: number,
  ) {}

  /** Has room for a block of pairs at least. */
  static async open(session: Session, results: Results, buffers: Buffers): Promise<Outputs> {
    const { job: { n1, n2, dtype, program }, plan, gpu: { device, limits } } = session;
    const bytesPerPair = Object.keys(program.output.map).length * plan.output.entries * bytesOf[dtype];
    const room = Math.min(n1 * n2, Math.floor(Math.min(STAGING_BYTES, limits.bufferBytes) / bytesPerPair));
    const staging = await guarded(
      device,
      () => buffers.create(room * bytesPerPair, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ),
    );
    return new Outputs(session, results, staging, bytesPerPair);
  }

  /** Adds the outputs of a block; `done` pairs are done with it. */
  async add(range: PairRange, outputs: GPUBuffer, done: number): Promise<void> {
    const bytes = range.pairs.length * this.bytesPerPair;
    if (this.#pairs * this.bytesPerPair + bytes > this.staging.size) await this.read();
    const start = this.#pairs * this.bytesPerPair;
    this.#packed.push(range);
    this.#pairs += range.pairs.length;
    await this.session.submissions.add({
      operations: 0,
      done,
      encode: (encoder) => encoder.copyBufferToBuffer(outputs, 0, this.staging, start, bytes),
    });
  }

  /** Waits for the device and takes in what was added. */
  async read(): Promise<void> {
    const { submissions, job: { dtype } } = this.session;
    await submissions.finish();
    await this.staging.mapAsync(GPUMapMode.READ);
    const mapped = this.staging.getMappedRange();
    const values: Values = dtype === "float32" ? new Float32Array(mapped) : new Float64Array(mapped);
    const perPair = this.bytesPerPair / bytesOf[dtype];
    let at = 0;
    for (const { pairs } of this.#packed) {
      this.results.add(pairs, values.subarray(at, at + pairs.length * perPair));
      at += pairs.length * perPair;
    }
    this.staging.unmap();
    [this.#packed, this.#pairs] = [[], 0];
  }
}

/** Reads what `copy` puts into a buffer of so many bytes. */
export async function readback(
  { gpu: { device }, submissions, job: { dtype } }: Session,
  bytes: number,
  buffers: Buffers,
  copy: (encoder: GPUCommandEncoder, staging: GPUBuffer) => void,
): Promise<Values> {
  const staging = await guarded(
    device,
    () => buffers.create(bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ),
  );
  await submissions.add({ operations: 0, done: 0, encode: (encoder) => copy(encoder, staging) });
  await submissions.finish();
  await staging.mapAsync(GPUMapMode.READ);
  const mapped = staging.getMappedRange();
  const values = allocate(bytes / bytesOf[dtype], dtype);
  values.set(dtype === "float32" ? new Float32Array(mapped) : new Float64Array(mapped));
  staging.destroy();
  return values;
}
