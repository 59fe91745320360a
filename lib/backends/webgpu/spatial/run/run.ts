/** Runs a network with positions on a device. */
import { pairCount } from "../../../../pairs.ts";
import { allocate } from "../../../../array/dtype.ts";
import { pacer } from "../../../../pause.ts";
import type { SpatialJob, SpatialResult } from "../../../../program/job.ts";
import { Buffers } from "../../device/buffers.ts";
import type { Gpu } from "../../device/device.ts";
import { DoesNotFitError } from "../../device/errors.ts";
import { withinMemory } from "../../device/memory.ts";
import { Submissions } from "../../device/submissions.ts";
import { STRIP_ROWS } from "../../budget.ts";
import { Known, type Strip } from "../plan/row_state.ts";
import { pairPass } from "./pair_pass.ts";
import { selfPass } from "./diagonal_pass.ts";
import { openSession, type Session } from "./session.ts";
import { SideCache } from "./rows_cache.ts";
import { type Guess, shifted } from "./host_variances.ts";

/** Computes a spatial program; the result does not depend on how good the guesses are. */
export async function runSpatialOn(
  gpu: Gpu,
  job: SpatialJob,
  guess: Guess = shifted,
): Promise<SpatialResult> {
  return await withinMemory(gpu, job, (gpu, job) => attempt(gpu, job, guess));
}

async function attempt(gpu: Gpu, job: SpatialJob, guess: Guess): Promise<SpatialResult> {
  const buffers = new Buffers(gpu.device);
  const submissions = new Submissions(gpu, pacer(job, pairCount(job)));
  try {
    return await compute(await openSession(submissions, new Known(job), guess, buffers));
  } finally {
    submissions.close();
    buffers.destroy();
  }
}

async function compute(session: Session): Promise<SpatialResult> {
  const { job, known, plan: { output: { entries } } } = session;
  const own = allocate(known.count * entries, job.dtype);
  const cache = new SideCache(session);
  try {
    const strips: Strip[] = [];
    for await (const { side, outputs } of selfPasses(session)) {
      strips.push(side.strip);
      cache.put(side);
      own.set(outputs, side.strip.first * entries);
    }
    const matrices = await pairPass(session, strips, cache);
    return { matrices, own };
  } finally {
    cache.destroy();
  }
}

/** All rows, strip by strip: as many at once as fit. */
async function* selfPasses(session: Session): AsyncGenerator<Awaited<ReturnType<typeof selfPass>>> {
  const { known, capacity } = session;
  let most = Math.min(STRIP_ROWS, capacity);
  for (let first = 0; first < known.count;) {
    const strip = { first, count: Math.min(most, known.count - first) };
    try {
      yield await selfPass(session, strip);
      first += strip.count;
    } catch (error) {
      if (!(error instanceof DoesNotFitError) || strip.count === 1) throw error;
      most = Math.ceil(strip.count / 2);
    }
  }
}
