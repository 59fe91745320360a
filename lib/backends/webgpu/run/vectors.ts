/**
 * A network of vectors on a device, from its job to its matrices.
 *
 * In this order: where features are (plan/features.ts), the shader (wgsl/block_text.ts), the blocks of pairs (plan/blocks.ts),
 * the pipeline (device/pipeline.ts); then, group by group, one dispatch a block in short submissions, and one readback, which
 * fills in the matrices. Bindings of a dispatch, as shaders/block.wgsl has them: the uniforms, inputs of the rows and of the
 * columns (or cov and ntk), features of the rows and of the columns, results.
 */
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import { mirror, secondRow } from "../../../pairs.ts";
import { pacer } from "../../../pause.ts";
import type { Given, Gram, VectorJob } from "../../../program/job.ts";
import { readsGaps } from "../../near.ts";
import { MOST_TURNS, SIDE, SLAB, TILE } from "../budget.ts";
import type { Gpu } from "../device/device.ts";
import { tooManyTurns } from "../device/errors.ts";
import { withinMemory } from "../device/memory.ts";
import { encodeDispatch, pipelineOf } from "../device/pipeline.ts";
import {
  assertDistinct,
  assertRepresentable,
  restoreInfinities,
  withoutInfinities,
} from "../device/representable.ts";
import { Buffers, Readback, Submissions } from "../device/submissions.ts";
import { type Block, blocksOf, type Costs, groupsOf, pairsOf, type Placed } from "../plan/blocks.ts";
import { type FeatureLayout, layoutOf, packFeatures } from "../plan/features.ts";
import { shaderOf } from "../wgsl/block_text.ts";
import { blockStruct } from "../wgsl/parameters.ts";

/** One matrix for every entry of the job's map. */
export async function runVectors(gpu: Gpu, asked: VectorJob): Promise<Record<string, Values>> {
  const given = await withGaps(asked);
  const { program, n1, n2, dtype } = given;
  const features = withoutInfinities(given);
  const job = { ...given, features };
  assertDistinct(program, features, dtype);
  const names = Object.keys(program.map);
  const results = names.map(() => allocate(n1 * n2, dtype));
  await withinMemory(gpu, job, async (gpu, job) => {
    if (names.length > 0 && n1 > 0 && n2 > 0) await compute(gpu, job, results);
  });
  if (features !== given.features) results.forEach((values) => restoreInfinities(values, dtype));
  return Object.fromEntries(names.map((name, k) => [name, results[k]]));
}

/** The job by the program that reads gaps, if it has one; behind its features are the roots of the variances. */
async function withGaps(job: VectorJob): Promise<VectorJob> {
  const near = await job.near?.program();
  if (!near || !readsGaps(near.program)) return { ...job, near: undefined };
  return { ...job, ...near, features: [...near.features, job.near!.variances.map(Math.sqrt)] };
}

/** A job under way: what is the same for all of its groups of blocks. */
interface Run {
  readonly kernel: BlockKernel;
  readonly costs: Costs;
  readonly results: readonly Values[];
  readonly submissions: Submissions;
  /** Reports the pairs done, lets timers run and stops when cancelled. */
  readonly pause: (done: number) => Promise<void>;
}

/**
 * Fills in `results`, one matrix for each output. In numbers, of 4000 × 4000 pairs with two outputs in float32: a pair costs 8
 * bytes, so that a readback of 2²⁹ bytes has room for all of them, and the pace of the device decides how many blocks they are.
 */
async function compute(gpu: Gpu, job: VectorJob, results: readonly Values[]): Promise<void> {
  const layout = layoutOf(job.features);
  const shader = shaderOf(job, layout, job.near ? layout.offsets[job.program.features.length] : null);
  requireTurns(gpu, shader.turns, turnsOfRows(job));
  const costs = costsOf(job, layout, results.length, shader.operations);
  const blocks = blocksOf(costs, gpu.limits);
  const pipeline = await pipelineOf(gpu.device, shader.text);
  const buffers = new Buffers(gpu.device);
  const kernel = { job, pipeline, rows: new VectorRows(job, layout, buffers), outputs: results.length };
  const pause = pacer(job, pairsOf(blocks));
  const run = { kernel, costs, results, submissions: new Submissions(gpu, pause), pause };
  let done = 0;
  try {
    for (const group of groupsOf(blocks, costs, gpu.limits)) {
      await computeGroup(run, group, done);
      done += pairsOf(group);
    }
  } finally {
    buffers.destroy();
  }
}

/** Pairs of a thread. */
const PAIRS = (TILE / SIDE) ** 2;

/** Refuses what an emulation would compute wrong: Hermite sums with so many terms a pair, or rows that take so many turns. */
function requireTurns({ software }: Gpu, terms: number, turns: number): void {
  if (!software || PAIRS * terms + turns <= MOST_TURNS) return;
  if (PAIRS * terms > MOST_TURNS) {
    throw new RangeError(
      `Cannot compute a kernel on an emulated GPU as its Hermite sums must have at most ${
        Math.floor(MOST_TURNS / PAIRS)
      } terms ` +
        `together: current value is ${terms}, raise the tolerance or use { backend: "reference" }`,
    );
  }
  throw tooManyTurns(PAIRS * terms + turns);
}

/** Turns that a thread takes through its rows: two a slab, and two for each of four rows with near pairs. */
function turnsOfRows({ source, near }: VectorJob): number {
  return source.kind === "gram" ? Math.ceil(source.depth / SLAB) * (near ? 10 : 2) : 0;
}

/**
 * What decides the size of blocks, with the limits of the device: a row is uploaded with its inputs and its features, a pair is read back.
 */
function costsOf(job: VectorJob, layout: FeatureLayout, outputs: number, operationsPerPair: number): Costs {
  const { n1, n2, symmetric, source, dtype } = job;
  const inputs = source.kind === "gram" ? source.depth : 1;
  return {
    n1,
    n2,
    symmetric,
    bytesPerRow: Math.max(inputs, layout.columns, 1) * bytesOf[dtype],
    bytesPerPair: outputs * bytesOf[dtype],
    operationsPerPair,
  };
}

/** Computes the blocks in short submissions and reads all their results at once; `before` pairs are done. */
async function computeGroup(run: Run, group: readonly Placed[], before: number): Promise<void> {
  const { kernel, costs, submissions } = run;
  const readback = await Readback.open(submissions, pairsOf(group) * costs.bytesPerPair);
  try {
    for (const block of group) {
      const pairs = pairsOf([block]);
      const offset = readback.reserve(pairs * costs.bytesPerPair);
      await submissions.add({
        operations: pairs * costs.operationsPerPair,
        done: before + block.before + pairs,
        encode: (encoder, scratch) => encodeBlock(kernel, block, encoder, scratch, readback.staging, offset),
      });
    }
    const done = before + pairsOf(group);
    await readback.read(kernel.job.dtype, (values) => collect(run, group, values, done));
  } finally {
    readback.close();
  }
}

/**
 * Moves the results of a group, block by block and output by output, to their matrices. Where x2 is x1, what is below the diagonal is
 * mirrored from what is above: blocks there were never computed.
 */
async function collect(run: Run, group: readonly Placed[], packed: Values, done: number): Promise<void> {
  const { kernel: { job }, results, pause } = run;
  let at = 0;
  for (const block of group) {
    const { row, rows, col, cols } = block;
    for (const result of results) {
      unpack(packed.subarray(at, at += rows * cols), block, result, job.n2);
      if (job.symmetric) mirror(result, job.n2, [row, row + rows, col, col + cols]);
    }
    await pause(done);
  }
}

/** Copies a block of one output, packed row by row, into the matrix of row length `n2`. */
function unpack(packed: Values, { row, rows, col, cols }: Block, output: Values, n2: number): void {
  for (let i = 0; i < rows; i++) {
    output.set(packed.subarray(i * cols, (i + 1) * cols), (row + i) * n2 + col);
  }
}

/** What all blocks of a job share: the compiled shader, and the rows that are on the device already. */
interface BlockKernel {
  readonly job: VectorJob;
  readonly pipeline: GPUComputePipeline;
  readonly rows: VectorRows;
  readonly outputs: number;
}

/** Adds to `encoder` the dispatch of a block and the copy of its outputs into `staging` at byte `offset`. */
function encodeBlock(
  { job, pipeline, rows, outputs }: BlockKernel,
  block: Block,
  encoder: GPUCommandEncoder,
  scratch: Buffers,
  staging: GPUBuffer,
  offset: number,
): void {
  const bytes = block.rows * block.cols * outputs * bytesOf[job.dtype];
  const result = scratch.create(bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
  const { source } = job;
  const buffers = [
    scratch.upload(parameters(job, block), GPUBufferUsage.UNIFORM),
    ...source.kind === "gram" ? rows.inputs(source, block) : covariances(source, block, job, scratch),
    ...rows.features(block),
    result,
  ];
  encodeDispatch(scratch.device, encoder, pipeline, buffers, [
    Math.ceil(block.cols / TILE),
    Math.ceil(block.rows / TILE),
  ]);
  encoder.copyBufferToBuffer(result, 0, staging, offset, bytes);
}

/** What the shader is told of a block: `Block` in wgsl/parameters.ts. */
function parameters({ source, symmetric }: VectorJob, { rows, cols, row, col }: Block): Uint32Array {
  const depth = source.kind === "gram" ? source.depth : 0;
  // √depth products a partial sum and √depth partial sums: the error of both grows alike.
  const slabsPerSum = Math.max(1, Math.round(Math.sqrt(depth) / SLAB));
  const triangle = symmetric ? 1 : 0;
  return Uint32Array.from(
    blockStruct.words({ rows, cols, row, col, depth, slabs_per_sum: slabsPerSum, triangle }, {}),
  );
}

/** The block of cov and of ntk (zeros where there is none). */
function covariances(
  { cov, ntk }: Given,
  block: Block,
  { n2, dtype }: VectorJob,
  scratch: Buffers,
): [GPUBuffer, GPUBuffer] {
  const packed = (matrix: Values | null) => {
    const values = allocate(block.rows * block.cols, dtype);
    for (let i = 0; matrix && i < block.rows; i++) {
      const start = (block.row + i) * n2 + block.col;
      values.set(matrix.subarray(start, start + block.cols), i * block.cols);
    }
    return scratch.upload(values, GPUBufferUsage.STORAGE);
  };
  return [packed(cov), packed(ntk)];
}

/**
 * The rows of a job on the device: uploaded strip by strip when a block first needs them, shared by all its blocks. Of 4000 × 4000
 * pairs in 9 blocks every row is uploaded once instead of three times.
 */
class VectorRows {
  readonly #strips = new Map<string, GPUBuffer>();

  constructor(readonly job: VectorJob, readonly layout: FeatureLayout, readonly buffers: Buffers) {}

  /** The inputs of the block's rows and of its columns. */
  inputs({ x1, x2, depth }: Gram, { row, rows, col, cols }: Block): [GPUBuffer, GPUBuffer] {
    return [
      this.#strip("inputs", row, rows, () => slice(x1, row, rows, depth)),
      this.#strip(this.job.symmetric ? "inputs" : "inputs2", col, cols, () => slice(x2, col, cols, depth)),
    ];
  }

  /** The features of the block's rows and of its columns. */
  features({ row, rows, col, cols }: Block): [GPUBuffer, GPUBuffer] {
    return [this.#features(row, rows), this.#features(secondRow(this.job, col), cols)];
  }

  #features(first: number, count: number): GPUBuffer {
    const { features, dtype } = this.job;
    const options = { first, count, positions: 1, by: "columns", dtype } as const;
    return this.#strip("features", first, count, () => packFeatures(features, this.layout, options));
  }

  /** The buffer of a strip, made when a block first asks for it: blocks side by side share rows, blocks on top of each other columns. */
  #strip(kind: string, start: number, count: number, values: () => Values): GPUBuffer {
    const key = `${kind} ${start} ${count}`;
    const known = this.#strips.get(key);
    if (known) return known;
    const made = this.buffers.upload(values(), GPUBufferUsage.STORAGE);
    this.#strips.set(key, made);
    return made;
  }
}

/** Rows of the inputs; in float32 what overflowed on its way there is refused. */
function slice(x: Values, start: number, count: number, depth: number): Values {
  const rows = x.subarray(start * depth, (start + count) * depth);
  if (rows instanceof Float32Array) assertRepresentable(rows, "float32");
  return rows;
}
