/**
 * Memory of the device: a computation that finds too little of it is tried again in smaller parts.
 *
 * How much there is cannot be asked for. Buffers are made as large as the device allows, and where it has no memory for one of
 * them the whole attempt is given up and begun anew with smaller ones: blocks, strips and the arena follow `Limits`.
 */
import type { Watch } from "../../../pause.ts";
import type { Job, VectorJob } from "../../../program/job.ts";
import { native } from "../../native/mod.ts";
import { LARGEST_BUFFERS } from "../budget.ts";
import type { Gpu } from "./device.ts";
import { causeOf, DoesNotFitError, OutOfMemoryError } from "./errors.ts";

/** What `attempt` computes of a kernel, as `inSmallerBuffers`; a `RangeError` names the fastest other backend that computes it here. */
export const withinMemory = <J extends VectorJob | Job, T>(
  gpu: Gpu,
  job: J,
  attempt: (gpu: Gpu, job: J) => Promise<T>,
): Promise<T> => inSmallerBuffers(gpu, job, attempt, () => otherBackend(job));

/**
 * What `attempt` computes on a device whose buffers are as large as they may be, or as small as its memory needs.
 *
 * @throws {RangeError} if the smallest do not help either; it names the backend that `elsewhere` gives.
 * @throws {DeviceLostError} if the device was lost.
 */
export async function inSmallerBuffers<J extends Watch, T>(
  gpu: Gpu,
  job: J,
  attempt: (gpu: Gpu, job: J) => Promise<T>,
  elsewhere: () => Promise<string>,
): Promise<T> {
  const steady = { ...job, onProgress: forwards(job.onProgress) };
  let shortage: OutOfMemoryError | null = null;
  for (const bytes of LARGEST_BUFFERS) {
    job.signal?.throwIfAborted();
    try {
      return await attempt(withBuffers(gpu, bytes), steady);
    } catch (error) {
      if (error instanceof OutOfMemoryError) shortage = error;
      // A row or a pair of inputs that does not fit in what is left: the lack of memory is what went wrong.
      else if (shortage && error instanceof DoesNotFitError) break;
      else throw await causeOf(error, gpu.device);
    }
  }
  throw refusal(shortage!, await elsewhere());
}

/** The device, with buffers no larger than that. */
function withBuffers(gpu: Gpu, bytes: number): Gpu {
  const { bindingBytes, bufferBytes } = gpu.limits;
  const limits = { bindingBytes: Math.min(bindingBytes, bytes), bufferBytes: Math.min(bufferBytes, bytes) };
  return { ...gpu, limits: { ...gpu.limits, ...limits } };
}

/** Reports progress that does not fall when the work begins anew. */
function forwards(onProgress: Watch["onProgress"]): Watch["onProgress"] {
  let reached = 0;
  return onProgress && ((progress) => {
    const share = progress.done / progress.total;
    if (share < reached) return;
    reached = share;
    onProgress(progress);
  });
}

const refusal = ({ message }: OutOfMemoryError, backend: string) =>
  new RangeError(
    `Cannot compute on webgpu as its buffers must fit in the memory of the device: current value is ${message}, ` +
      `compute fewer rows at once or use { backend: "${backend}" }`,
  );

/** The fastest other backend that computes the job here. */
async function otherBackend({ program, dtype }: VectorJob | Job): Promise<string> {
  const missing = "nodes" in program ? native.lacks?.(program) : null;
  if (missing) return "reference";
  const { dtypes } = await native.availability();
  return dtypes.includes(dtype) ? "native" : "reference";
}
