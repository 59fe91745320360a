/** Spatial programs on the native backend: every input with itself, then all pairs. */
import type { Values } from "../../backend.ts";
import type { SpatialJob, SpatialResult } from "../../spatial_job.ts";
import { checkPositions, type Rows } from "../../spatial_rows.ts";
import { alignedArray, holding } from "../memory.ts";
import type { Pool } from "../pool.ts";
import type { Compiled } from "./compiled.ts";
import { HostFeatures, lanesOf } from "./host.ts";
import { member, type NativeJob, nativeJob } from "./job.ts";

/** How long one call computes before JavaScript may report progress. */
const QUANTUM_MS = 20;

/** Computes a spatial program on the threads of a pool. */
export async function runSpatial(job: SpatialJob, compiled: Compiled, pool: Pool): Promise<SpatialResult> {
  const { n1, n2, symmetric, dtype, signal } = job;
  const lanes = lanesOf(dtype);
  const blocks = Math.ceil(n1 / lanes) + (symmetric ? 0 : Math.ceil(n2 / lanes));
  const host = new HostFeatures(job, compiled.network, blocks);
  const native = nativeJob(job, compiled, host);
  const stop = () => native.struct[member.stop] = 1n;
  signal?.addEventListener("abort", stop);
  try {
    await holding(native, async () => {
      const run = new Run(job, compiled, native, host);
      await run.own(blocks, pool);
      await run.pairs(pool);
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  const names = Object.keys(job.program.output.map);
  return {
    matrices: Object.fromEntries(names.map((name, k) => [name, native.outputs[k]])),
    own: native.own,
    numericalError: host.error,
  };
}

/** One job in progress. */
class Run {
  readonly #job: SpatialJob;
  readonly #compiled: Compiled;
  readonly #native: NativeJob;
  readonly #host: HostFeatures;
  readonly #lanes: number;

  constructor(job: SpatialJob, compiled: Compiled, native: NativeJob, host: HostFeatures) {
    this.#job = job;
    this.#compiled = compiled;
    this.#native = native;
    this.#host = host;
    this.#lanes = lanesOf(job.dtype);
  }

  /** Every input with itself, a block on each thread; the host goes on where C stops. */
  async own(blocks: number, pool: Pool): Promise<void> {
    const failing: number[] = [];
    let next = 0;
    await pool.onEach(async (_thread, failed) => {
      const memory = this.#memory(true);
      while (next < blocks && !failed()) {
        const block = next++;
        if (await this.#ownBlock(memory, block, pool)) failing.push(block);
        this.#job.signal?.throwIfAborted();
      }
    });
    if (failing.length > 0) this.#explain(Math.min(...failing));
  }

  /** All pairs; progress counts them. */
  async pairs(pool: Pool): Promise<void> {
    const { n1, n2, symmetric, signal, onProgress } = this.#job;
    const { struct } = this.#native;
    const total = symmetric ? n1 * (n1 + 1) / 2 : n1 * n2;
    let most = 1;
    await pool.onEach(async (_thread, failed) => {
      const memory = this.#memory(false);
      while (Number(struct[member.done]) < total && !failed()) {
        signal?.throwIfAborted();
        const start = performance.now();
        const count = await pool.run(() => this.#compiled.driver.pairs(struct, memory, most));
        signal?.throwIfAborted();
        if (count === 0) return;
        most = Math.max(1, Math.round(count * QUANTUM_MS / (performance.now() - start)));
        onProgress?.({ done: Number(struct[member.done]), total });
      }
    });
  }

  /** What one thread works with. */
  #memory(own: boolean) {
    const { lay_out } = this.#compiled.driver;
    const bytes = Number(lay_out(this.#native.struct, BigInt(own), null));
    const memory = alignedArray(bytes / 8, "float64");
    lay_out(this.#native.struct, BigInt(own), memory);
    return memory;
  }

  /** One block; true if a condition does not hold. */
  async #ownBlock(memory: Values, block: number, pool: Pool): Promise<boolean> {
    const { network, driver, hostFeatures, hostChecks } = this.#compiled;
    const nodes = network.nodes;
    let from = 0;
    let failed = false;
    const advance = async (to: number) => {
      if (to === from) return;
      const start = from;
      from = to;
      const status = await pool.run(() => driver.own(this.#native.struct, memory, block, start, to));
      if (status > 0) failed = true;
    };
    for (const node of nodes) {
      const checked = hostChecks.has(node.id);
      if (hostFeatures.has(node.id)) {
        await advance(node.id);
        this.#host.compute(node, block, this.#rowsOf(block));
      }
      if (checked) {
        await advance(node.id + 1);
        failed ||= !this.#holds(node.id, this.#rowsOf(block));
      }
    }
    await advance(nodes.length);
    return failed;
  }

  /** The rows of a block with their variances so far. */
  #rowsOf(block: number): Rows {
    const { n1, n2 } = this.#job;
    const blocks1 = Math.ceil(n1 / this.#lanes);
    const [first, end] = block < blocks1
      ? [block * this.#lanes, n1]
      : [n1 + (block - blocks1) * this.#lanes, n1 + n2];
    return this.#variancesOf(first, Math.min(this.#lanes, end - first));
  }

  #variancesOf(first: number, count: number): Rows {
    const { variances } = this.#native;
    const rows = this.#job.symmetric ? this.#job.n1 : this.#job.n1 + this.#job.n2;
    const own = variances.map((values, id) => {
      const positions = values.length / rows;
      return [
        id,
        Float64Array.from(values.subarray(first * positions, (first + count) * positions)),
      ] as const;
    });
    return { first, count, variances: new Map(own) };
  }

  /** Whether the conditions on a node hold. */
  #holds(id: number, rows: Rows): boolean {
    try {
      this.#checkNode(id, rows);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #checkNode(id: number, rows: Rows): void {
    const positions = rows.variances.get(id)!.length / rows.count;
    checkPositions(this.#job.program.checks[id], positions, rows, this.#job);
  }

  /** Throws the error of the first row of a block that violates a condition. */
  #explain(block: number): void {
    const { first, count } = this.#rowsOf(block);
    for (let row = first; row < first + count; row++) {
      const rows = this.#variancesOf(row, 1);
      this.#job.program.checks.forEach((_, id) => this.#checkNode(id, rows));
    }
  }
}
