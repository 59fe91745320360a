/** Runs a job on a device: blocks of pairs in batches, one readback for each group of blocks. */
import { mirror } from "../../../pairs.ts";
import { allocate, bytesOf, type Values } from "../../../array/dtype.ts";
import type { Job } from "../../../program/job.ts";
import { readsGaps } from "../../near.ts";
import { pacer } from "../../../pause.ts";
import { blocksOf, type Costs, groupsOf, pairsOf, type Placed } from "./blocks.ts";
import { MOST_TURNS, SIDE, SLAB, TILE } from "../budget.ts";
import { type Run, submitAll } from "../device/batches.ts";
import { Buffers } from "../device/buffers.ts";
import type { Gpu } from "../device/device.ts";
import { guarded } from "../device/errors.ts";
import { assertDistinct, type FeatureLayout, layoutOf } from "./features.ts";
import { restoreInfinities, withoutInfinities } from "../device/infinities.ts";
import { unlessLost } from "../device/loss.ts";
import { withinMemory } from "../device/memory.ts";
import { pipelineOf } from "../device/pipeline.ts";
import { Rows } from "./rows.ts";
import { shaderOf } from "./shader.ts";
import { tooManyTurns } from "../device/turns.ts";
import { unpack } from "./unpack.ts";

/** One matrix for every entry of the job's map. Results of up to 512 MiB come back in a single readback. */
export async function runOn(gpu: Gpu, asked: Job): Promise<Record<string, Values>> {
  const given = await withGaps(asked);
  const { program, n1, n2, dtype } = given;
  const features = withoutInfinities(given);
  const job = { ...given, features };
  if (dtype === "float32") assertDistinct(program, features);
  const names = Object.keys(program.map);
  const results = names.map(() => allocate(n1 * n2, dtype));
  await withinMemory(gpu, job, async (gpu, job) => {
    if (names.length > 0 && n1 > 0 && n2 > 0) await compute(gpu, job, results);
  });
  if (features !== given.features) results.forEach((values) => restoreInfinities(values, dtype));
  return Object.fromEntries(names.map((name, k) => [name, results[k]]));
}

/** The job by the program that reads gaps, if it has one; behind its features are the roots of the variances. */
async function withGaps(job: Job): Promise<Job> {
  const near = await job.near?.program();
  if (!near || !readsGaps(near.program)) return { ...job, near: undefined };
  return { ...job, ...near, features: [...near.features, job.near!.variances.map(Math.sqrt)] };
}

async function compute(gpu: Gpu, job: Job, results: readonly Values[]): Promise<void> {
  const layout = layoutOf(job.features);
  const shader = shaderOf(job, layout, job.near ? layout.offsets[job.program.features.length] : null);
  requireTurns(gpu, shader.turns, turnsOfRows(job));
  const costs = costsOf(job, layout, results.length, shader.operations);
  const blocks = blocksOf(costs, gpu.limits);
  const pipeline = await pipelineOf(gpu.device, shader.text);
  const buffers = new Buffers(gpu.device);
  const kernel = { job, pipeline, rows: new Rows(job, layout, buffers), outputs: results.length };
  const run = { gpu, kernel, costs, results, pause: pacer(job, pairsOf(blocks)) };
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
function turnsOfRows({ source, near }: Job): number {
  return source.kind === "gram" ? Math.ceil(source.depth / SLAB) * (near ? 10 : 2) : 0;
}

function costsOf(job: Job, layout: FeatureLayout, outputs: number, operationsPerPair: number): Costs {
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

/** Computes the blocks in short batches and reads all their results at once. */
async function computeGroup(run: Run, group: readonly Placed[], before: number): Promise<void> {
  const { gpu: { device }, costs: { bytesPerPair } } = run;
  const own = new Buffers(device);
  try {
    const staging = await guarded(
      device,
      () => own.create(pairsOf(group) * bytesPerPair, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
    );
    await submitAll(run, group, staging, before);
    await unlessLost(device, staging.mapAsync(GPUMapMode.READ));
    await collect(run, group, staging.getMappedRange(), before + pairsOf(group));
  } finally {
    own.destroy();
  }
}

/** Moves the results of a group to their matrices. */
async function collect(
  { kernel: { job }, results, pause }: Run,
  group: readonly Placed[],
  packed: ArrayBuffer,
  done: number,
): Promise<void> {
  const values = job.dtype === "float32" ? new Float32Array(packed) : new Float64Array(packed);
  let at = 0;
  for (const block of group) {
    const { row, rows, col, cols } = block;
    const pairs = rows * cols;
    for (const result of results) {
      unpack(values.subarray(at, at + pairs), block, result, job.n2);
      if (job.symmetric) mirror(result, job.n2, [row, row + rows, col, col + cols]);
      at += pairs;
    }
    await pause(done);
  }
}
