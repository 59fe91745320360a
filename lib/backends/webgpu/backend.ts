/** The WebGPU backend: float32 on every device, float64 where it is granted; one fused shader a program, or a chain of nodes. */
import type { DType } from "../../array/mod.ts";
import { BackendUnavailableError } from "../../errors.ts";
import type { Engine } from "../backend.ts";
import type { SpatialJob, SpatialResult } from "../../program/job.ts";
import { isOfVectors } from "../../program/spatial_program.ts";
import { runVectors } from "../../rows/vector_job.ts";
import { acquire, availability } from "./device/device.ts";
import { runOn } from "./vectors/run.ts";
import { runSpatialOn } from "./spatial/run/run.ts";

/** The WebGPU backend. */
export const webgpu: Engine = { name: "webgpu", availability, run };

async function run(job: SpatialJob): Promise<SpatialResult> {
  await requireDType(job.dtype);
  const gpu = await acquire();
  return isOfVectors(job.program)
    ? await runVectors(job, (pairs) => runOn(gpu, pairs))
    : await runSpatialOn(gpu, job);
}

async function requireDType(dtype: DType): Promise<void> {
  const { dtypes, reason } = await availability();
  if (dtypes.includes(dtype)) return;
  throw new BackendUnavailableError(`Cannot compute a ${dtype} kernel on webgpu as ${reason}`);
}
