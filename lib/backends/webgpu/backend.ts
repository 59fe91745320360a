/**
 * The WebGPU backend: float32 on every device, float64 where it is granted.
 *
 * | from                    | to                                                          | where                           |
 * | ----------------------- | ----------------------------------------------------------- | ------------------------------- |
 * | a program               | a plan: blocks of pairs, chains of nodes, regions of memory | plan/                           |
 * | the plan                | WGSL, with the texts of shaders/                            | wgsl/                           |
 * | WGSL                    | pipelines of a device that may be slow, small or lost       | device/                         |
 * | vectors                 | matrices: one fused shader, one dispatch a block of pairs   | run/vectors.ts                  |
 * | inputs with positions   | matrices: steps of shaders over pairs, the diagonal first   | run/positions.ts                |
 *
 * Every size and limit is in budget.ts. Shaders read uniforms as wgsl/parameters.ts declares them.
 */
import type { DType } from "../../array/dtype.ts";
import { BackendUnavailableError } from "../../errors.ts";
import type { Job, JobResult } from "../../program/job.ts";
import { isOfVectors } from "../../program/program.ts";
import { withRows } from "../../rows/vector_job.ts";
import type { Engine } from "../backend.ts";
import { acquire, availability } from "./device/device.ts";
import { runPositions } from "./run/positions.ts";
import { runVectors } from "./run/vectors.ts";

/** The WebGPU backend. */
export const webgpu: Engine = { name: "webgpu", availability, run };

async function run(job: Job): Promise<JobResult> {
  await requireDType(job.dtype);
  const gpu = await acquire();
  // Without positions there is no chain of nodes to keep: one shader computes whole blocks of pairs, a tile of 64 × 64 a
  // workgroup.
  if (!isOfVectors(job.program)) return await runPositions(gpu, job);
  return await withRows(job, (pairs) => runVectors(gpu, pairs));
}

async function requireDType(dtype: DType): Promise<void> {
  const { dtypes, reason } = await availability();
  if (dtypes.includes(dtype)) return;
  throw new BackendUnavailableError(`Cannot compute a ${dtype} kernel on webgpu as ${reason}`);
}
