/** Networks with positions on the native backend: each program is compiled once (compiled.ts), each job run on all threads (run.ts). */
import type { DType } from "../../../array/dtype.ts";
import type { Program } from "../../../program/program.ts";
import type { Job, JobResult } from "../../../program/job.ts";
import { Memories } from "../../../ffi/memories.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { ofEach, Shared } from "../../../shared.ts";
import type { Toolchain } from "../../../ffi/toolchain.ts";
import { type Compiled, compiled, SpatialLibrary } from "./compiled.ts";
import { runSpatial } from "./run.ts";

/** What computes programs with positions on the threads of a pool; compiles each of them once. */
export class Spatial {
  readonly #pool: Pool;
  /** What threads work with, used again by the next job */
  readonly #memories = new Memories();
  /** What every program compiles to in each precision; as long as somebody has the program */
  readonly #known = new WeakMap<Program, Readonly<Record<DType, Shared<Compiled>>>>();
  readonly #library: Shared<SpatialLibrary>;

  constructor(pool: Pool, toolchain: Shared<Toolchain>) {
    this.#pool = pool;
    this.#library = new Shared(async (signal) => new SpatialLibrary(await toolchain.get(signal)));
  }

  /** Compiles a program with positions; throws an `Obstacle` if that cannot be done. */
  async prepare(program: Program, dtype: DType, signal?: AbortSignal): Promise<void> {
    await this.#compiled(program)[dtype].get(signal);
  }

  /** Computes a program with positions; throws an `Obstacle` if code cannot be compiled or loaded. */
  async run(job: Job): Promise<JobResult> {
    const known = await this.#compiled(job.program)[job.dtype].get(job.signal);
    return await runSpatial(job, known, this.#pool, this.#memories);
  }

  #compiled(program: Program): Readonly<Record<DType, Shared<Compiled>>> {
    const known = this.#known.get(program) ??
      ofEach((dtype) =>
        new Shared(async (signal) => compiled(program, dtype, await this.#library.get(signal), signal))
      );
    this.#known.set(program, known);
    return known;
  }
}
