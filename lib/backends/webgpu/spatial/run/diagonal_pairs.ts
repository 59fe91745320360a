/** The pairs of each row of a strip with itself on the device. */
import { bytesOf, type Values } from "../../../../array/dtype.ts";
import { guarded } from "../../device/errors.ts";
import { run } from "./dispatch.ts";
import type { Dispatch, PairsOnDevice } from "./kernel.ts";
import { Readback } from "./readback.ts";
import type { Region } from "../plan/memory_plan.ts";
import type { Session } from "./session.ts";
import type { Side } from "./device_rows.ts";

/** Runs kernels over them and reads the beginnings of regions, such as the diagonals of covariances. */
export class OwnPairs {
  private constructor(
    readonly session: Session,
    readonly side: Side,
    readonly block: PairsOnDevice,
  ) {}

  static async open(session: Session, side: Side): Promise<OwnPairs> {
    const { gpu: { device }, capacity } = session;
    const { count } = side.strip;
    const rows = Uint32Array.from({ length: 2 * count }, (_, k) => Math.floor(k / 2));
    const pairs = await guarded(device, () => side.buffers.upload(rows, GPUBufferUsage.STORAGE));
    return new OwnPairs(session, side, { count, pairs, capacity });
  }

  /** Adds a dispatch. */
  async run(dispatch: Dispatch): Promise<void> {
    await run(dispatch, this.block, this.session.arena, this.session.submissions, 0);
  }

  /** Calls `work` with a function that has the first `count` values of each row in a region read; gives them without NTK. */
  async read(
    counts: readonly number[],
    work: (add: (region: Region) => Promise<void>) => Promise<void>,
  ): Promise<Values[]> {
    const { session, side: { strip } } = this;
    const { valueBytes, arena, capacity, job } = session;
    const sizes = counts.map((count) => strip.count * count * valueBytes);
    const readback = await Readback.open(session, sizes.reduce((sum, size) => sum + size, 0));
    let added = 0;
    try {
      await work(async ({ start, size }) => {
        const bytes = counts[added++] * valueBytes;
        const range = {
          from: start * capacity * valueBytes,
          bytes,
          pieces: strip.count,
          stride: size * valueBytes,
        };
        await readback.add(arena.values, range);
      });
      const all = await readback.read();
      const step = valueBytes / bytesOf[job.dtype];
      const nngp = step === 1 ? all : all.filter((_, k) => k % step === 0);
      let at = 0;
      return counts.map((count) => nngp.subarray(at, at += strip.count * count));
    } finally {
      readback.close();
    }
  }
}
