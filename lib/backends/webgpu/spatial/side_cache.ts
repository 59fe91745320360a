/** What the device knows about rows: made strip by strip when pairs first need it, and kept while there is room. */
import { Buffers, bytesOf } from "../buffers.ts";
import { type FeatureBuffer, type Packed, uploadFeatures } from "./features.ts";
import type { CompiledStep, Session } from "./session.ts";
import { type Strip, uploadInputs, type Variances } from "./sides.ts";

/** The rows of one side of a block. */
export interface Side {
  readonly inputs: GPUBuffer | null;
  /** For every step */
  readonly features: ReadonlyMap<CompiledStep, FeatureBuffer>;
}

/** Strips that are no longer used are given up beyond this. */
const KEPT_BYTES = 2 ** 29;

/** The strips of a job. */
export class SideCache {
  readonly #sides = new Map<string, { side: Side; buffers: Buffers; bytes: number }>();

  constructor(readonly session: Session, readonly variances: Variances) {}

  /** The rows of a strip. */
  async of(strip: Strip): Promise<Side> {
    const key = `${strip.first} ${strip.count}`;
    const known = this.#sides.get(key);
    // The order of the map is that of the last use.
    this.#sides.delete(key);
    const made = known ?? await this.#make(strip);
    this.#sides.set(key, made);
    await this.#makeRoom();
    return made.side;
  }

  /** Frees everything. */
  destroy(): void {
    for (const { buffers } of this.#sides.values()) buffers.destroy();
    this.#sides.clear();
  }

  async #make(strip: Strip) {
    const { job, gpu, steps, submissions } = this.session;
    const buffers = new Buffers(gpu.device);
    const features = new Map<CompiledStep, FeatureBuffer>();
    let bytes = 0;
    for (const step of steps) {
      const packed = new Map(step.stages.map((stage) => [stage.program, this.variances.features(stage, strip)]));
      features.set(step, uploadFeatures(packed, job.dtype, buffers));
      for (const { values } of packed.values()) bytes += values.byteLength;
      await submissions.pause
    }
    return { side: { inputs: uploadInputs(job, strip, buffers), features }, buffers, bytes };
  }
}
