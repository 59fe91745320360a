/** All pairs of inputs, block by block; only their outputs are kept. */
import { secondIndex } from "../../../../pairs.ts";
import { bytesOf } from "../../../../array/dtype.ts";
import { Buffers } from "../../device/buffers.ts";
import { guarded } from "../../device/errors.ts";
import { STAGING_BYTES, SUBMISSIONS_PER_BLOCK } from "../../budget.ts";
import { run } from "./dispatch.ts";
import { uploadGiven } from "./upload_covariances.ts";
import type { Dispatch, PairBlock, PairsOnDevice, Sides } from "./kernel.ts";
import type { Strip } from "../plan/row_state.ts";
import { type PairList, pairsOf } from "../plan/pair_ranges.ts";
import { Readback } from "./readback.ts";
import { Results } from "./results.ts";
import type { Session } from "./session.ts";
import type { Side } from "./device_rows.ts";
import type { SideCache } from "./rows_cache.ts";

/** The outputs of all pairs. */
export async function pairPass(
  session: Session,
  strips: readonly Strip[],
  cache: SideCache,
): Promise<Results["matrices"]> {
  const { job } = session;
  const pass = await PairPass.open(session);
  try {
    for (const first of strips) {
      for (const second of strips) {
        const pairs = pairsOf(job, first, second);
        if (pairs.length === 0) continue;
        const sides = [await cache.get(first), await cache.get(second)] as const;
        for (let start = 0; start < pairs.length;) {
          const count = pass.affordable(sides);
          await pass.add(sides, pairs.slice(start, start + count));
          start += count;
        }
      }
    }
    await pass.collect();
  } finally {
    pass.close();
  }
  return pass.results.matrices;
}

class PairPass {
  readonly results: Results;
  #uncollected: PairList[] = [];
  #done = 0;

  private constructor(readonly session: Session, readonly readback: Readback) {
    this.results = new Results(session.job, session.plan.output.entries);
  }

  static async open(session: Session): Promise<PairPass> {
    const { job: { n1, n2 }, gpu: { limits } } = session;
    const room = Math.min(n1 * n2 * bytesPerPair(session), STAGING_BYTES, limits.bufferBytes);
    return new PairPass(session, await Readback.open(session, room));
  }

  /** How many pairs make a block: as many as there is room for, but not so many that progress is rare. */
  affordable(sides: readonly [Side, Side]): number {
    const { gpu: { pace }, capacity } = this.session;
    const operations = this.#dispatches({ count: 1, capacity }, sides)
      .reduce((sum, dispatch) => sum + dispatch.units * dispatch.operations, 0);
    return Math.min(capacity, Math.ceil(SUBMISSIONS_PER_BLOCK * pace.operations / operations));
  }

  /** Adds the pairs of a block. */
  async add(sides: readonly [Side, Side], pairs: PairList): Promise<void> {
    const { session, readback } = this;
    const bytes = pairs.length * bytesPerPair(session);
    if (!readback.hasRoom(bytes)) await this.collect();
    const own = new Buffers(session.gpu.device);
    try {
      const { block, outputs } = await guarded(session.gpu.device, () => ({
        block: this.#block(sides, pairs, own),
        outputs: own.create(bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
      }));
      await this.#run(sides, pairs, block, outputs);
      this.#done += pairs.length;
      this.#uncollected.push(pairs);
      await readback.add(outputs, { bytes }, this.#done);
    } finally {
      session.submissions.retire(own);
    }
  }

  /** Waits for the blocks that were added. */
  async collect(): Promise<void> {
    const values = await this.readback.read();
    let at = 0;
    for (const pairs of this.#uncollected.splice(0)) {
      const count = pairs.length * bytesPerPair(this.session) / values.BYTES_PER_ELEMENT;
      this.results.add(pairs, values.subarray(at, at + count));
      at += count;
    }
    await this.session.submissions.pause(this.#done);
  }

  close(): void {
    this.readback.close();
  }

  #block([first, second]: readonly [Side, Side], pairs: PairList, buffers: Buffers): PairsOnDevice {
    const { job, capacity } = this.session;
    const start = secondIndex(job, second.strip.first);
    const rows = Uint32Array.from(pairs.flatMap(([i, j]) => [i - first.strip.first, j - start]));
    return { count: pairs.length, pairs: buffers.upload(rows, GPUBufferUsage.STORAGE), capacity };
  }

  async #run(
    sides: readonly [Side, Side],
    pairs: PairList,
    block: PairsOnDevice,
    outputs: GPUBuffer,
  ): Promise<void> {
    const { job: { source, n2 }, arena, submissions } = this.session;
    if (source.kind === "given") {
      const indices = pairs.map(([i, j]) => i * n2 + j);
      await uploadGiven(this.session, source, [source.cov, source.ntk], indices, this.#done);
    }
    for (const dispatch of this.#dispatches(block, sides, outputs)) {
      await run(dispatch, block, arena, submissions, this.#done);
    }
  }

  /** All steps, and the outputs. */
  #dispatches(block: PairBlock, [first, second]: readonly [Side, Side], outputs?: GPUBuffer): Dispatch[] {
    const { steps, output } = this.session;
    const sidesOf = (k: number): Sides => [first.operands[k], second.operands[k]];
    return [
      ...steps.flatMap(({ pairs, kernels }, k) =>
        pairs ? kernels.map((kernel) => kernel(block, sidesOf(k))) : []
      ),
      output(block, sidesOf(steps.length), outputs),
    ];
  }
}

const bytesPerPair = ({ job: { dtype, program }, plan }: Session): number =>
  Object.keys(program.output.map).length * plan.output.entries * bytesOf[dtype];
