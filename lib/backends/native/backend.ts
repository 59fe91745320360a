/**
 * The native backend where Deno runs: what mod.ts loads.
 *
 * In: programs and jobs, of vectors (vectors/run.ts) or with positions (spatial/run.ts, which is loaded when it is needed). Out:
 * matrices, or the error of the public interface for whatever is missing here.
 */
import type { DType } from "../../array/dtype.ts";
import { BackendUnavailableError } from "../../errors.ts";
import type { Pool } from "../../ffi/pool.ts";
import { findToolchain } from "../../ffi/compiler.ts";
import { Fault, Obstacle } from "../../ffi/setup.ts";
import { Shared } from "../../shared.ts";
import { isOfVectors } from "../../program/program.ts";
import { withRows } from "../../rows/vector_job.ts";
import type { Availability, Engine } from "../backend.ts";
import { Library } from "./vectors/library.ts";
import { runVectors } from "./vectors/run.ts";

/**
 * The backend on the threads of `pool`, with a toolchain that is being looked for, or is when it is needed. Nothing is compiled
 * or loaded before it is asked for; what is, stays loaded as long as the process.
 */
export function nativeBackend(pool: Pool, toolchain = new Shared(findToolchain)): Engine {
  const library = new Shared(async (signal) => Library.open(await toolchain.get(signal), signal));
  const spatial = new Shared(async () => new (await import("./spatial/run.ts")).Spatial(pool, toolchain));
  return {
    name: "native",
    availability: (signal) => availability(library, pool.threads, signal),
    // Vectors have loops of their own: as images of one position, 2000 rows of 256 took 3.4 times as long (2.5 in float32).
    prepare: (program, dtype, signal) =>
      explained(dtype, async () => {
        if (!isOfVectors(program)) return await (await spatial.get(signal)).prepare(program, dtype, signal);
        const code = await library.get(signal);
        await Promise.all([code.tiles(dtype, signal), code.map(program.output, dtype, signal)]);
      }),
    run: (job) =>
      explained(job.dtype, async () => {
        const { program, signal } = job;
        if (!isOfVectors(program)) return await (await spatial.get(signal)).run(job);
        const code = await library.get(signal);
        return await withRows(job, (pairs) => runVectors(pairs, code, pool));
      }),
  };
}

/** The result of `call`; an obstacle becomes the error of the public interface. */
async function explained<T>(dtype: DType, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    throw new BackendUnavailableError(`Cannot compute a ${dtype} kernel on native as ${error.message}`);
  }
}

async function availability(
  library: Shared<Library>,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Availability> {
  const name = "native";
  try {
    const { compiler } = (await library.get(signal)).toolchain;
    const device = `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}, ${compiler.command.join(" ")}`;
    return { name, dtypes: ["float64", "float32"], device, fast: true, reason: "" };
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    const isFault = error instanceof Fault;
    return { name, dtypes: [], device: "", fast: false, reason: error.message, ...isFault && { isFault } };
  }
}
