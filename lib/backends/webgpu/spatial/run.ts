/** Runs a network with positions on a device. */
import { allocate } from "../../../array/dtype.ts";
import { pacer } from "../../pause.ts";
import type { SpatialJob, SpatialResult } from "../../spatial_job.ts";
import { Buffers } from "../buffers.ts";
import type { Gpu } from "../device.ts";
import { causeOf } from "../errors.ts";
import { Submissions } from "../submissions.ts";
import { Known } from "./known.ts";
import { pairPass } from "./pair_pass.ts";
import { stripsOf } from "./pair_ranges.ts";
import { selfPass } from "./self_pass.ts";
import { openSession, type Session } from "./session.ts";
import { SideCache } from "./side_cache.ts";

/** Rows of a strip: every step of the self pass waits for the device, which has to be worth it. */
const MOST_ROWS = 64;

/** Computes a spatial program. */
export async function runSpatialOn(gpu: Gpu, job: SpatialJob): Promise<SpatialResult> {
  const { n1, n2, symmetric, signal } = job;
  signal?.throwIfAborted();
  const buffers = new Buffers(gpu.device);
  const submissions = new Submissions(gpu, pacer(job, symmetric ? n1 * (n1 + 1) / 2 : n1 * n2));
  try {
    return await compute(await openSession(submissions, new Known(job), buffers));
  } catch (error) {
    throw await causeOf(error, gpu);
  } finally {
    submissions.close();
    buffers.destroy();
  }
}

async function compute(session: Session): Promise<SpatialResult> {
  const { job, known, plan: { output: { entries } }, capacity } = session;
  const strips = stripsOf(job, Math.min(MOST_ROWS, capacity));
  const own = allocate(known.count * entries, job.dtype);
  const cache = new SideCache(session);
  try {
    for (const strip of strips) {
      const { side, outputs } = await selfPass(session, strip);
      cache.put(side);
      own.set(outputs, strip.first * entries);
    }
    const matrices = await pairPass(session, strips, cache);
    return { matrices, own, numericalError: known.numericalError };
  } finally {
    cache.destroy();
  }
}
