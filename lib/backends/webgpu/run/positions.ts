/**
 * A network with positions on a device, from its job to its matrices.
 *
 * In this order: the plan and its compiled shaders (run/session.ts); strip by strip every row with itself, which gives the
 * variances, and so the features, of all nodes (run/diagonal_pass.ts); block by block all pairs of rows (run/pair_pass.ts).
 */
import { allocate } from "../../../array/dtype.ts";
import { pairCount } from "../../../pairs.ts";
import { pacer } from "../../../pause.ts";
import type { Job, JobResult } from "../../../program/job.ts";
import { STRIP_ROWS } from "../budget.ts";
import { Buffers } from "../device/buffers.ts";
import type { Gpu } from "../device/device.ts";
import { DoesNotFitError } from "../device/errors.ts";
import { withinMemory } from "../device/memory.ts";
import { Submissions } from "../device/submissions.ts";
import { RowsCache } from "./device_rows.ts";
import { diagonalPass } from "./diagonal_pass.ts";
import { type Guess, shifted } from "./host_variances.ts";
import { pairPass } from "./pair_pass.ts";
import { RowState, type Strip } from "./row_state.ts";
import { openSession, type Session } from "./session.ts";

/** Computes a program with positions; the result does not depend on how good the guesses are. */
export async function runPositions(
  gpu: Gpu,
  job: Job,
  guess: Guess = shifted,
): Promise<JobResult> {
  return await withinMemory(gpu, job, (gpu, job) => attempt(gpu, job, guess));
}

/** One try with the memory that `gpu` may use; it leaves nothing on the device. */
async function attempt(gpu: Gpu, job: Job, guess: Guess): Promise<JobResult> {
  const buffers = new Buffers(gpu.device);
  const submissions = new Submissions(gpu, pacer(job, pairCount(job)));
  try {
    return await compute(await openSession(submissions, new RowState(job), guess, buffers));
  } finally {
    submissions.close();
    buffers.destroy();
  }
}

/** The passes: the features of all rows have to be known before the first block of pairs. */
async function compute(session: Session): Promise<JobResult> {
  const { job, state, plan: { output: { entries } } } = session;
  const own = allocate(state.count * entries, job.dtype);
  const cache = new RowsCache(session);
  try {
    const strips: Strip[] = [];
    for await (const { rows, outputs } of diagonalPasses(session)) {
      strips.push(rows.strip);
      cache.put(rows);
      own.set(outputs, rows.strip.first * entries);
    }
    const matrices = await pairPass(session, strips, cache);
    return { matrices, own };
  } finally {
    cache.destroy();
  }
}

/** All rows, strip by strip: as many at once as fit. */
async function* diagonalPasses(session: Session): AsyncGenerator<Awaited<ReturnType<typeof diagonalPass>>> {
  const { state, capacity } = session;
  let most = Math.min(STRIP_ROWS, capacity);
  for (let first = 0; first < state.count;) {
    const strip = { first, count: Math.min(most, state.count - first) };
    try {
      yield await diagonalPass(session, strip);
      first += strip.count;
    } catch (error) {
      if (!(error instanceof DoesNotFitError) || strip.count === 1) throw error;
      // What a step reads of so many rows does not fit in a buffer.
      most = Math.ceil(strip.count / 2);
    }
  }
}
