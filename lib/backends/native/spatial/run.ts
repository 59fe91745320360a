/**
 * Networks with positions on all threads: each program is compiled once (compiled.ts), then every input with itself, in blocks
 * side by side, and then all pairs.
 *
 * In: a job. Out: the matrices, and the diagonal. C does both (diagonal.c, run.c); the host computes features between nodes where
 * C has no function for them, and finds the error of the first input whose variances leave the range.
 */
import type { DType, Values } from "../../../array/dtype.ts";
import type { Toolchain } from "../../../ffi/compiler.ts";
import { holding, Memories } from "../../../ffi/memory.ts";
import type { Pool } from "../../../ffi/pool.ts";
import { pairCount } from "../../../pairs.ts";
import type { Job, JobResult } from "../../../program/job.ts";
import type { Program } from "../../../program/program.ts";
import { checkPositions, type Rows } from "../../../rows/images.ts";
import { RefusedRow } from "../../../rows/rows.ts";
import { remembered } from "../../../remembered.ts";
import { ofEach, Shared } from "../../../shared.ts";
import { lanesOf } from "../budget.ts";
import { inSlices, stoppedBy } from "../time_slices.ts";
import { type Compiled, compiled, SpatialLibrary } from "./compiled.ts";
import { HostFeatures } from "./host_features.ts";
import { type NativeJob, nativeJob, varianceBytes } from "./job.ts";

/** What computes programs with positions on the threads of a pool; compiles each of them once. */
export class Spatial {
  /** What threads work with, used again by the next job */
  readonly #memories = new Memories();
  /** What every program compiles to in each precision; as long as somebody has the program */
  readonly #compiled = remembered((program: Program) =>
    ofEach((dtype) =>
      new Shared(async (signal) => compiled(program, dtype, await this.#library.get(signal), signal))
    )
  );
  readonly #library: Shared<SpatialLibrary>;

  constructor(readonly pool: Pool, toolchain: Shared<Toolchain>) {
    this.#library = new Shared(async (signal) => new SpatialLibrary(await toolchain.get(signal)));
  }

  /** Compiles a program with positions; throws an `Obstacle` if that cannot be done. */
  async prepare(program: Program, dtype: DType, signal?: AbortSignal): Promise<void> {
    await this.#compiled(program)[dtype].get(signal);
  }

  /** Computes a program with positions; throws an `Obstacle` if code cannot be compiled or loaded. */
  async run(job: Job): Promise<JobResult> {
    const known = await this.#compiled(job.program)[job.dtype].get(job.signal);
    return await runSpatial(job, known, this.pool, this.#memories);
  }
}

/** Computes a program with positions on the threads of a pool. */
export async function runSpatial(
  job: Job,
  compiled: Compiled,
  pool: Pool,
  memories: Memories,
): Promise<JobResult> {
  const { n1, n2, symmetric, dtype, signal } = job;
  const lanes = lanesOf(dtype);
  const blocks = Math.ceil(n1 / lanes) + (symmetric ? 0 : Math.ceil(n2 / lanes));
  // Rows of x1 and rows of x2 are in blocks of their own.
  const host = new HostFeatures(job, compiled.network, blocks);
  const memory = memories.take(varianceBytes(compiled.network, blocks, dtype), compiled.driver.advise);
  const native = nativeJob(job, compiled, host, pool.threads, memory);
  const stop = () => native.struct.set("stop", 1);
  const compute = async () => {
    const run = new Run(job, compiled, native, host, memories);
    await run.diagonal(blocks, pool);
    await run.pairs(pool);
  };
  try {
    await stoppedBy(signal, stop, () => holding(native, compute));
  } finally {
    memories.give(memory);
  }
  const names = Object.keys(job.program.output.map);
  return {
    matrices: Object.fromEntries(names.map((name, k) => [name, native.outputs[k]])),
    own: native.diagonal,
  };
}

/** A block of rows of which one is refused. */
interface Failure {
  readonly block: number;
  /** The nodes before this one were computed */
  readonly known: number;
}

/**
 * One job in progress. A block of inputs goes through C node by node as far as C can go: `from` is the first node that is not
 * computed. Where the host has features to compute, or conditions to check, it does so between two calls; of a network without
 * tables a call computes whole blocks.
 */
class Run {
  /** Rows of a block, side by side */
  readonly #lanes: number;

  constructor(
    readonly job: Job,
    readonly compiled: Compiled,
    readonly native: NativeJob,
    readonly host: HostFeatures,
    readonly memories: Memories,
  ) {
    this.#lanes = lanesOf(job.dtype);
  }

  /** Every input with itself, block by block on all threads. */
  async diagonal(blocks: number, pool: Pool): Promise<void> {
    const { hostFeatures, hostChecks } = this.compiled;
    if (hostFeatures.size + hostChecks.size > 0) await this.#diagonalWithHost(blocks, pool);
    else await this.#diagonalAlone(blocks, pool);
  }

  /** In C alone, several blocks a call: one call for each took 1.05 of the time of 48 images of 16 × 16, which are 12 blocks. */
  async #diagonalAlone(blocks: number, pool: Pool): Promise<void> {
    const { struct } = this.native;
    const { driver, guard, network } = this.compiled;
    const failing = () => struct.get("failing");
    await this.#onEach(true, pool, (memory, failed) =>
      inSlices(pool, {
        signal: this.job.signal,
        ends: () => struct.get("next_block") >= failing() || failed(),
        compute: (thread, most) => guard.run(() => driver.diagonals(thread, struct.memory, memory, most)),
        report: () => {},
      }));
    if (failing() < blocks) await this.#explain({ block: failing(), known: network.output + 1 });
  }

  /** A block on each thread; the host goes on where C stops. */
  async #diagonalWithHost(blocks: number, pool: Pool): Promise<void> {
    // Blocks are independent; the error is that of the first row, whichever block ends first.
    const failing: Failure[] = [];
    let next = 0;
    await this.#onEach(true, pool, async (memory, failed) => {
      while (next < blocks && !failed()) {
        const block = next++;
        const known = await this.#diagonalBlock(memory, block, pool);
        if (known !== null) failing.push({ block, known });
        this.job.signal?.throwIfAborted();
      }
    });
    // Of the first block, as on any other backend.
    if (failing.length > 0) await this.#explain(failing.reduce((a, b) => a.block < b.block ? a : b));
  }

  /** All pairs; progress counts them. */
  async pairs(pool: Pool): Promise<void> {
    const { signal, onProgress } = this.job;
    const { struct } = this.native;
    const { driver, guard } = this.compiled;
    const total = pairCount(this.job);
    const done = () => struct.get("done");
    await this.#onEach(false, pool, (memory, failed) =>
      inSlices(pool, {
        signal,
        ends: () => done() >= total || failed(),
        compute: (thread, most) => guard.run(() => driver.pairs(thread, struct.memory, memory, most)),
        report: () => onProgress?.({ done: done(), total }),
      }));
  }

  /**
   * Runs a worker on each thread of the pool, with the memory that it works with. How much that is follows from the plan:
   * `lay_out` of workspace.c is asked with no memory first.
   */
  async #onEach(
    diagonal: boolean,
    pool: Pool,
    worker: (memory: Values, failed: () => boolean) => Promise<void>,
  ): Promise<void> {
    const { advise, lay_out } = this.compiled.driver;
    const { memory: struct } = this.native.struct;
    const bytes = Number(lay_out(struct, BigInt(diagonal), null));
    await pool.onEach(async (_thread, failed) => {
      // Its own for every thread: laid out once, and used for all that the thread computes.
      const memory = this.memories.take(bytes, advise);
      lay_out(struct, BigInt(diagonal), memory);
      try {
        await worker(memory, failed);
      } finally {
        this.memories.give(memory);
      }
    });
  }

  /** One block; where a condition does not hold, how many nodes were computed before that ended it, else null. */
  async #diagonalBlock(memory: Values, block: number, pool: Pool): Promise<number | null> {
    const { network, driver, guard, hostFeatures, hostChecks } = this.compiled;
    let from = 0;
    let fails = false;
    const advance = async (to: number) => {
      if (from === to || fails) return;
      const start = from;
      from = to;
      const { memory: struct } = this.native.struct;
      const run = (thread: number) =>
        guard.run(() => driver.diagonal(thread, struct, memory, block, start, to));
      // −1 where it was stopped, 1 where a condition does not hold.
      fails = await pool.run(run) > 0;
      // Then C has stopped early.
      this.job.signal?.throwIfAborted();
    };
    // C runs from node to node until the host has something to do: features before a node, conditions after it.
    for (const { id, attention } of network.nodes.slice(0, network.output + 1)) {
      for (const node of [attention, id]) {
        if (node === null || !hostFeatures.has(node)) continue;
        await advance(id);
        if (!fails) await this.host.compute(network.nodes[node], block, this.#rowsOf(block));
      }
      if (!hostChecks.has(id)) continue;
      await advance(id + 1);
      fails ||= !await this.#holds(id, this.#rowsOf(block));
    }
    await advance(network.output + 1);
    return fails ? from : null;
  }

  /** The rows of a block with their variances so far. */
  #rowsOf(block: number): Rows {
    const { n1, n2 } = this.job;
    const blocks1 = Math.ceil(n1 / this.#lanes);
    const [first, end] = block < blocks1
      ? [block * this.#lanes, n1]
      : [n1 + (block - blocks1) * this.#lanes, n1 + n2];
    const count = Math.min(this.#lanes, end - first);
    const variances = this.native.variances.map((_, id) =>
      [id, this.#variancesOf(id, block, count)] as const
    );
    return { first, count, variances: new Map(variances) };
  }

  /** (row, position) of the first rows of a block. */
  #variancesOf(id: number, block: number, count: number): Float64Array {
    const values = this.native.variances[id];
    const positions = values.length / (this.host.blocks * this.#lanes);
    const start = block * positions * this.#lanes;
    return Float64Array.from({ length: count * positions }, (_, k) => {
      const [row, p] = [Math.floor(k / positions), k % positions];
      return values[start + p * this.#lanes + row];
    });
  }

  /** Whether the conditions on a node hold. */
  async #holds(id: number, rows: Rows): Promise<boolean> {
    try {
      await this.#checkNode(id, rows);
      return true;
    } catch (error) {
      if (error instanceof RefusedRow) return false;
      throw error;
    }
  }

  /** Throws what the host says of the conditions on a node. */
  #checkNode(id: number, rows: Rows): Promise<void> {
    const positions = rows.variances.get(id)!.length / rows.count;
    return checkPositions(this.job.program.checks[id], positions, rows, this.job);
  }

  /** Throws the error of the first row of a block that violates a condition on the nodes that were computed. */
  async #explain({ block, known }: Failure): Promise<void> {
    const { first, count, variances } = this.#rowsOf(block);
    // Row by row, as the reference does, so that the message is the same.
    for (let row = 0; row < count; row++) {
      const ofRow = [...variances].map(([id, values]) => {
        const positions = values.length / count;
        return [id, values.subarray(row * positions, (row + 1) * positions)] as const;
      });
      const rows = { first: first + row, count: 1, variances: new Map(ofRow) };
      for (let id = 0; id < Math.min(known, this.job.program.checks.length); id++) {
        await this.#checkNode(id, rows);
      }
    }
  }
}
