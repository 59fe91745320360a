/** Networks with positions on the native backend. */
import type { DType } from "../../../array/dtype.ts";
import type { SpatialProgram } from "../../../spatial/program.ts";
import type { SpatialJob, SpatialResult } from "../../spatial_job.ts";
import { Memories } from "../memories.ts";
import type { Pool } from "../pool.ts";
import { remembered } from "../remembered.ts";
import type { Toolchain } from "../toolchain.ts";
import { type Compiled, compiled } from "./compiled.ts";
import { SpatialLibrary } from "./library.ts";
import { runSpatial } from "./run.ts";

/** What computes spatial programs on the threads of a pool; compiles each of them once. */
export class Spatial {
  readonly #pool: Pool;
  readonly #memories = new Memories();
  readonly #known = new WeakMap<SpatialProgram, Map<DType, Promise<Compiled>>>();
  readonly #toolchain: () => Promise<Toolchain>;
  #library: Promise<SpatialLibrary> | undefined;

  constructor(pool: Pool, toolchain: () => Promise<Toolchain>) {
    this.#pool = pool;
    this.#toolchain = toolchain;
  }

  /** Computes a spatial program; throws an `Obstacle` if code cannot be compiled or loaded. */
  async run(job: SpatialJob): Promise<SpatialResult> {
    const library = await (this.#library ??= this.#open());
    return await runSpatial(job, await this.#compiled(job, library), this.#pool, this.#memories);
  }

  async #open(): Promise<SpatialLibrary> {
    return new SpatialLibrary(await this.#toolchain());
  }

  #compiled({ program, dtype }: SpatialJob, library: SpatialLibrary): Promise<Compiled> {
    if (!this.#known.has(program)) this.#known.set(program, new Map());
    return remembered(this.#known.get(program)!, dtype, () => compiled(program, dtype, library));
  }
}
