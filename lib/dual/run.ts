/** Jobs of dual kernels on the backend that the caller asks for. */
import type { Values } from "../array/dtype.ts";
import { choose } from "../backends/choose.ts";
import type { Job } from "../program/job.ts";
import type { DualOptions } from "./options.ts";

/** What the options do not say, of a job of vectors. */
export type DualJob = Omit<Job, "dtype" | "onProgress" | "signal" | "rowVariables" | "matrices">;

/** One matrix (n1 · n2 values, row-major) for every entry of the program's map. */
export async function run(
  job: DualJob,
  { backend, dtype, onProgress, signal }: Required<DualOptions>,
): Promise<Record<string, Values>> {
  const chosen = await choose(backend, dtype, job.program, job.n1 * job.n2, signal);
  const own = { rowVariables: {}, matrices: new Map(), dtype, onProgress, signal };
  return (await chosen.run({ ...job, ...own })).matrices;
}
