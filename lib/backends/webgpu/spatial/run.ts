/** Runs a network with positions on a device. */
import type { SpatialJob, SpatialResult } from "../../spatial_job.ts";
import { pacer } from "../../pause.ts";
import { Buffers } from "../buffers.ts";
import type { Gpu } from "../device.ts";
import { causeOf } from "../errors.ts";
import { Submissions } from "../submissions.ts";
import { pairPass } from "./pair_pass.ts";
import { selfPass } from "./self_pass.ts";
import { openSession } from "./session.ts";
import { Variances } from "./sides.ts";

/** Computes a spatial program. */
export async function runSpatialOn(gpu: Gpu, job: SpatialJob): Promise<SpatialResult> {
  const { n1, n2, symmetric, signal } = job;
  signal?.throwIfAborted();
  const buffers = new Buffers(gpu.device);
  const submissions = new Submissions(gpu, pacer(job, symmetric ? n1 * (n1 + 1) / 2 : n1 * n2));
  try {
    const session = await openSession(gpu, job, buffers, submissions);
    const variances = new Variances(job);
    const own = await selfPass(session, variances);
    const matrices = await pairPass(session, variances);
    return { matrices, own, numericalError: variances.numericalError };
  } catch (error) {
    throw await causeOf(error, gpu);
  } finally {
    submissions.close();
    buffers.destroy();
  }
}
