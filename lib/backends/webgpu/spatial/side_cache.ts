/** What the device knows about rows: made strip by strip when pairs first need it, and kept while there is room. */
import type { Program } from "../../../program.ts";
import { Buffers } from "../buffers.ts";
import { guarded } from "../errors.ts";
import { type FeatureBuffer, type Packed, uploadFeatures } from "./features.ts";
import { type Session, type Stage, stagesOf } from "./session.ts";
import { type Strip, uploadInputs, type Variances } from "./sides.ts";

/** The rows of one side of a block: their inputs, and the features for every step and, last, for the output. */
export interface Side {
  readonly inputs: GPUBuffer | null;
  readonly features: readonly FeatureBuffer[];
}

interface Entry {
  readonly side: Side;
  readonly buffers: Buffers;
  readonly bytes: number;
}

/** The strips of a job. */
export class SideCache {
  readonly #entries = new Map<string, Entry>();

  constructor(readonly session: Session, readonly variances: Variances) {}

  /** The rows of a strip; it stays on the device until as many others were asked for as fit in `bytes`. */
  async side(strip: Strip, bytes: number): Promise<Side> {
    const key = `${strip.first} ${strip.count}`;
    const entry = this.#entries.get(key) ?? await this.#make(strip);
    // The order of the map is that of the last use.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#shrink(bytes);
    return entry.side;
  }

  /** Frees everything. */
  destroy(): void {
    for (const { buffers } of this.#entries.values()) buffers.destroy();
    this.#entries.clear();
  }

  #shrink(most: number): void {
    let sum = this.#entries.values().reduce((total, { bytes }) => total + bytes, 0);
    // The last two are the two sides of a block.
    const old = [...this.#entries].slice(0, -2);
    for (const [key, { buffers, bytes }] of old) {
      if (sum <= most) return;
      this.session.submissions.retire(buffers);
      this.#entries.delete(key);
      sum -= bytes;
    }
  }

  async #make(strip: Strip): Promise<Entry> {
    const { job, gpu: { device } } = this.session;
    const buffers = new Buffers(device);
    const features: FeatureBuffer[] = [];
    let bytes = 0;
    try {
      for (const stages of stagesOf(this.session)) {
        const packed = this.#packed(stages, strip);
        features.push(await guarded(device, () => uploadFeatures(packed, job.dtype, buffers)));
        bytes += features[features.length - 1].buffer.size;
      }
      const inputs = await guarded(device, () => uploadInputs(job, strip, buffers));
      return { side: { inputs, features }, buffers, bytes: bytes + (inputs?.size ?? 0) };
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  #packed(stages: readonly Stage[], strip: Strip): ReadonlyMap<Program, Packed> {
    return new Map(stages.map((stage) => [stage.program, this.variances.features(stage, strip)]));
  }
}
