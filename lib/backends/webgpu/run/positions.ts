/**
 * A network with positions on a device, from its job to its matrices.
 *
 * In this order: the plan and its compiled shaders (run/session.ts); strip by strip every row with itself, which gives the
 * variances, and so the features, of all nodes (run/diagonal_pass.ts); then all pairs of rows, of which only the outputs are kept.
 * For every two strips the pairs are listed, and as many as there is room for run through all steps and the output map; results
 * come back when the staging buffer is full. With 130 rows of x1 in strips of 64 and x2 = x1 the pairs come as
 *
 *     rows   0–63  with   0–63, then  64–127, then 128–129         i ≤ j only: the others are their mirror images
 *     rows  64–127 with  64–127, then 128–129
 *     rows 128–129 with 128–129
 *
 * each of them in blocks of as many pairs as the arena has room for.
 */
import { allocate, type Values } from "../../../array/dtype.ts";
import { mirror, pairCount, type Pairs, secondIndex, secondRow } from "../../../pairs.ts";
import { pacer } from "../../../pause.ts";
import type { Job, JobResult } from "../../../program/job.ts";
import { outputEntries } from "../../../program/program.ts";
import { STAGING_BYTES, STRIP_ROWS, SUBMISSIONS_PER_BLOCK } from "../budget.ts";
import type { Gpu } from "../device/device.ts";
import { DoesNotFitError, guarded } from "../device/errors.ts";
import { withinMemory } from "../device/memory.ts";
import { Buffers, Readback, Submissions } from "../device/submissions.ts";
import { type Guess, shifted } from "./chain_kernel.ts";
import { type DeviceRows, RowsCache } from "./device_rows.ts";
import { diagonalPass } from "./diagonal_pass.ts";
import { type Dispatch, type PairBlock, type PairsOnDevice, run, type Sides } from "./dispatch.ts";
import { RowState, type Strip } from "./row_state.ts";
import { openSession, type Session, uploadGiven } from "./session.ts";

/** Computes a program with positions; the result does not depend on how good the guesses are. */
export async function runPositions(
  gpu: Gpu,
  job: Job,
  guess: Guess = shifted,
): Promise<JobResult> {
  return await withinMemory(gpu, job, (gpu, job) => attempt(gpu, job, guess));
}

/** One try with the memory that `gpu` may use; it leaves nothing on the device. */
async function attempt(gpu: Gpu, job: Job, guess: Guess): Promise<JobResult> {
  const buffers = new Buffers(gpu.device);
  const submissions = new Submissions(gpu, pacer(job, pairCount(job)));
  try {
    return await compute(await openSession(submissions, new RowState(job), guess, buffers));
  } finally {
    submissions.close();
    buffers.destroy();
  }
}

/** The passes: the features of all rows have to be known before the first block of pairs. */
async function compute(session: Session): Promise<JobResult> {
  const { job, state, plan: { output: { entries } } } = session;
  const own = allocate(state.count * entries, job.dtype);
  const cache = new RowsCache(session);
  try {
    const strips: Strip[] = [];
    for await (const { rows, outputs } of diagonalPasses(session)) {
      strips.push(rows.strip);
      cache.put(rows);
      own.set(outputs, rows.strip.first * entries);
    }
    const matrices = await pairPass(session, strips, cache);
    return { matrices, own };
  } finally {
    cache.destroy();
  }
}

/** All rows, strip by strip: as many at once as fit. */
async function* diagonalPasses(session: Session): AsyncGenerator<Awaited<ReturnType<typeof diagonalPass>>> {
  const { state, capacity } = session;
  let most = Math.min(STRIP_ROWS, capacity);
  for (let first = 0; first < state.count;) {
    const strip = { first, count: Math.min(most, state.count - first) };
    try {
      yield await diagonalPass(session, strip);
      first += strip.count;
    } catch (error) {
      if (!(error instanceof DoesNotFitError) || strip.count === 1) throw error;
      // What a step reads of so many rows does not fit in a buffer.
      most = Math.ceil(strip.count / 2);
    }
  }
}

/** The rows of x1 and of x2 in a block. */
type RowPair = readonly [DeviceRows, DeviceRows];

/** The outputs of all pairs. */
async function pairPass(
  session: Session,
  strips: readonly Strip[],
  cache: RowsCache,
): Promise<Results["matrices"]> {
  const { job } = session;
  const pass = await PairPass.open(session);
  try {
    for (const first of strips) {
      for (const second of strips) {
        const pairs = pairsOf(job, first, second);
        if (pairs.length === 0) continue;
        const rows = [await cache.get(first), await cache.get(second)] as const;
        for (let start = 0; start < pairs.length;) {
          const count = pass.affordable(rows);
          await pass.add(rows, pairs.slice(start, start + count));
          start += count;
        }
      }
    }
    await pass.collect();
  } finally {
    pass.close();
  }
  return pass.results.matrices;
}

/**
 * The pass under way. In: pairs of rows, a block at a time. Out: `results`. A block has buffers of its own for its list of pairs
 * and for its outputs, which are freed as soon as the commands that use them are submitted.
 *
 * Blocks are submitted one after the other, and their outputs wait in one buffer until it is full.
 */
class PairPass {
  readonly results: Results;
  #uncollected: PairList[] = [];
  #done = 0;

  private constructor(readonly session: Session, readonly readback: Readback) {
    this.results = new Results(session.job, session.plan.output.entries);
  }

  static async open(session: Session): Promise<PairPass> {
    const { job: { n1, n2 }, gpu: { limits } } = session;
    const room = Math.min(n1 * n2 * session.outputBytes, STAGING_BYTES, limits.bufferBytes);
    return new PairPass(session, await Readback.open(session.submissions, room));
  }

  /** How many pairs make a block: as many as there is room for, but not so many that progress is rare. */
  affordable(rows: RowPair): number {
    const { gpu: { pace }, capacity } = this.session;
    // What a pair costs depends on the rows: the wider their tables, the longer their Hermite sums.
    const operations = this.#dispatches({ count: 1, capacity }, rows)
      .reduce((sum, dispatch) => sum + dispatch.units * dispatch.operations, 0);
    return Math.min(capacity, Math.ceil(SUBMISSIONS_PER_BLOCK * pace.operations / operations));
  }

  /** Adds the pairs of a block. */
  async add(rows: RowPair, pairs: PairList): Promise<void> {
    const { session, readback } = this;
    const bytes = pairs.length * session.outputBytes;
    if (!readback.hasRoom(bytes)) await this.collect();
    const buffers = new Buffers(session.gpu.device);
    try {
      const { block, outputs } = await guarded(session.gpu.device, () => ({
        block: this.#block(rows, pairs, buffers),
        outputs: buffers.create(bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC),
      }));
      await this.#run(rows, pairs, block, outputs);
      this.#done += pairs.length;
      this.#uncollected.push(pairs);
      await readback.add(outputs, { bytes }, this.#done);
    } finally {
      // Commands that read them may wait to be submitted.
      session.submissions.retire(buffers);
    }
  }

  /** Waits for the blocks that were added, and moves their outputs to the matrices. */
  async collect(): Promise<void> {
    // Blocks follow each other in the staging buffer as they were added.
    await this.readback.read(this.session.job.dtype, (values) => {
      let at = 0;
      for (const pairs of this.#uncollected.splice(0)) {
        const count = pairs.length * this.session.outputBytes / values.BYTES_PER_ELEMENT;
        this.results.add(pairs, values.subarray(at, at += count));
      }
    });
    await this.session.submissions.pause(this.#done);
  }

  close(): void {
    this.readback.close();
  }

  /** The pairs as numbers of rows within the two strips. */
  #block([first, second]: RowPair, pairs: PairList, buffers: Buffers): PairsOnDevice {
    const { job, capacity } = this.session;
    const start = secondIndex(job, second.strip.first);
    const numbers = Uint32Array.from(pairs.flatMap(([i, j]) => [i - first.strip.first, j - start]));
    return { count: pairs.length, pairs: buffers.upload(numbers, GPUBufferUsage.STORAGE), capacity };
  }

  /** Runs all steps: first what a kernel computed before has for these pairs, if the network continues one. */
  async #run(
    rows: RowPair,
    pairs: PairList,
    block: PairsOnDevice,
    outputs: GPUBuffer,
  ): Promise<void> {
    const { job: { source, n2 }, arena, submissions } = this.session;
    if (source.kind === "given") {
      const indices = pairs.map(([i, j]) => i * n2 + j);
      await uploadGiven(this.session, source, [source.cov, source.ntk], indices, this.#done);
    }
    for (const dispatch of this.#dispatches(block, rows, outputs)) {
      await run(dispatch, block, arena, submissions, this.#done);
    }
  }

  /** All steps whose covariances of pairs something reads, and the outputs. */
  #dispatches(block: PairBlock, [first, second]: RowPair, outputs?: GPUBuffer): Dispatch[] {
    const { steps, output } = this.session;
    const sidesOf = (k: number): Sides => [first.operands[k], second.operands[k]];
    return [
      ...steps.flatMap(({ pairs, kernels }, k) =>
        pairs ? kernels.map((kernel) => kernel(block, sidesOf(k))) : []
      ),
      output(block, sidesOf(steps.length), outputs),
    ];
  }
}

/** The outputs of a job, filled in block by block. */
class Results {
  /** For every output (n1, n2, entries) */
  readonly matrices: Readonly<Record<string, Values>>;

  constructor(readonly job: Job, readonly entries: number) {
    const { n1, n2, dtype, program } = job;
    this.matrices = Object.fromEntries(
      Object.keys(program.output.map).map((name) => [name, allocate(n1 * n2 * entries, dtype)]),
    );
  }

  /** Takes in the values of some pairs, output after output. */
  add(pairs: readonly (readonly [number, number])[], packed: Values): void {
    const { entries, job: { n2, symmetric, program } } = this;
    let at = 0;
    // Of a block all NNGPs come first, then all NTKs, as `store` of its shader has put them.
    for (const matrix of Object.values(this.matrices)) {
      for (const [i, j] of pairs) {
        const values = packed.subarray(at, at + entries);
        matrix.set(values, (i * n2 + j) * entries);
        if (symmetric) mirror(matrix, n2, [i, i + 1, j, j + 1], outputEntries(program));
        at += entries;
      }
    }
  }
}

/** The pairs (i, j) of some rows of x1 and of x2. */
type PairList = readonly (readonly [i: number, j: number])[];

/** The pairs of the rows of x1 in one strip with those of x2 in another; only i ≤ j if x2 is x1. */
function pairsOf(pairs: Pairs, first: Strip, second: Strip): PairList {
  const rows = range(first.first, Math.min(first.first + first.count, pairs.n1));
  const start = secondRow(pairs, 0);
  const cols = range(
    Math.max(second.first - start, 0),
    Math.min(second.first + second.count - start, pairs.n2),
  );
  return rows.flatMap((i) => cols.filter((j) => !pairs.symmetric || i <= j).map((j) => [i, j] as const));
}

const range = (start: number, end: number) =>
  Array.from({ length: Math.max(end - start, 0) }, (_, k) => start + k);
