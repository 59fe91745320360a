/** Networks with positions on the native backend. */
import type { SpatialProgram } from "../../../spatial/program.ts";
import { isMixing } from "../../../spatial/program.ts";
import type { DType } from "../../../array/dtype.ts";
import type { SpatialJob, SpatialResult } from "../../spatial_job.ts";
import type { Pool } from "../pool.ts";
import { type Compiled, compiled } from "./compiled.ts";
import type { SpatialLibrary } from "./library.ts";
import { networkOf } from "./network.ts";
import { runSpatial } from "./run.ts";
import { AXES } from "./words.ts";

/** What of a program this backend has not. */
export function lacks(program: SpatialProgram): string | null {
  if (program.nodes.some(({ map }) => isMixing(map))) return "attention or aggregation";
  const { nodes, axes } = networkOf(program);
  if (axes > AXES) return `more than ${AXES} axes of positions`;
  const agree = nodes.every(({ reads, size }) => reads.every((id) => String(nodes[id].out) === String(size)));
  return agree ? null : "a layer that joins axes of positions";
}

const known = new WeakMap<SpatialProgram, Map<DType, Promise<Compiled>>>();

/** Computes a spatial program; each is compiled once. */
export async function run(job: SpatialJob, library: SpatialLibrary, pool: Pool): Promise<SpatialResult> {
  const { program, dtype } = job;
  if (!known.has(program)) known.set(program, new Map());
  const byType = known.get(program)!;
  if (!byType.has(dtype)) byType.set(dtype, compiled(program, dtype, library));
  return await runSpatial(job, await byType.get(dtype)!, pool);
}
