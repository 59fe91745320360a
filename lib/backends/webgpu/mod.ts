/** The WebGPU backend: float32 on every device, float64 where it is granted; one fused shader a program. */
import { BackendUnavailableError } from "../../errors.ts";
import type { Backend, Job, Values } from "../backend.ts";
import { acquire, availability } from "./device.ts";
import { mayHaveHardware } from "./hardware.ts";
import { runOn } from "./run.ts";

/** The WebGPU backend. */
export const webgpu: Backend = { name: "webgpu", availability, plausible: mayHaveHardware, run };

async function run(job: Job): Promise<Record<string, Values>> {
  const { dtypes, reason } = await availability();
  if (!dtypes.includes(job.dtype)) {
    throw new BackendUnavailableError(`Cannot compute a ${job.dtype} kernel on webgpu as ${reason}`);
  }
  return await runOn(await acquire(), job);
}
