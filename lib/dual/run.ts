/** Jobs of dual kernels on the backend that the caller asks for. */
import type { Values } from "../array/dtype.ts";
import { choose } from "../backends/choose.ts";
import type { Backend } from "../backends/backend.ts";
import type { Job } from "../program/job.ts";
import type { Program } from "../program/program.ts";
import type { DualOptions } from "./options.ts";

/** What the options do not say, of a job of vectors. */
export type DualJob = Omit<Job, "dtype" | "onProgress" | "signal" | "rowVariables" | "matrices">;

/** The backend that the options ask for, for so many pairs. */
export const backendFor = (
  program: Program,
  pairs: number,
  { backend, dtype, signal }: Required<DualOptions>,
): Promise<Backend> => choose(backend, dtype, program, pairs, signal);

/** One matrix (n1 · n2 values, row-major) for every entry of the program's map. */
export async function runOn(
  backend: Backend,
  job: DualJob,
  { dtype, onProgress, signal }: Required<DualOptions>,
): Promise<Record<string, Values>> {
  const own = { rowVariables: {}, matrices: new Map(), dtype, onProgress, signal };
  return (await backend.run({ ...job, ...own })).matrices;
}

/** The same on the backend that the options ask for. */
export const run = async (job: DualJob, o: Required<DualOptions>): Promise<Record<string, Values>> =>
  await runOn(await backendFor(job.program, job.n1 * job.n2, o), job, o);
