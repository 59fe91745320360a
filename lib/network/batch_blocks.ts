/** Backends that compute jobs in blocks of rows, one block after another. */
import { type Block, firstPartner, type Pairs, rowCount } from "../pairs.ts";
import { allocate, countOf, type Values } from "../array/dtype.ts";
import type { Backend } from "../backends/backend.ts";
import type { Job, SpatialJob, SpatialResult } from "../program/job.ts";
import { pacer } from "../pause.ts";
import { topological } from "../expr/graph.ts";
import { RefusedRow } from "../rows/rows.ts";
import type { SpatialProgram } from "../program/spatial_program.ts";
import { type Entries, partOf, rangesOf, spatialPartOf, store } from "./batch_parts.ts";

type Run = Backend["run"];
type RunSpatial = Backend["runSpatial"];
type Watch = Pick<Job, "onProgress" | "signal">;

/** The backend with jobs in blocks of at most `size` rows of x1 and of x2; its results have the same bits. */
export function inBlocks(backend: Backend, size: number): Backend {
  const { run, runSpatial } = backend;
  return {
    ...backend,
    run: (job) => runBlocks(run, job, size),
    runSpatial: (job) => runSpatialJob(runSpatial, job, size),
  };
}

async function runBlocks(run: Run, job: Job, size: number): Promise<Record<string, Values>> {
  const entries = { count: 1, side: null };
  const outputs = outputsOf(job, Object.keys(job.program.map), entries);
  await forEachBlock(job, size, async (block, watch) => {
    const results = await run({ ...partOf(job, block), ...watch });
    for (const [name, out] of Object.entries(outputs)) store(results[name], block, out, job, entries);
  });
  return outputs;
}

async function runSpatialJob(run: RunSpatial, job: SpatialJob, size: number): Promise<SpatialResult> {
  // A table is as wide as the rows need that it is computed for: its last digits would depend on the blocks.
  if (hasTables(job.program)) return await run(job);
  try {
    return await runSpatialBlocks(run, job, size);
  } catch (error) {
    // The message of a row that is refused has to count all rows.
    if (error instanceof RefusedRow) return await run(job);
    throw error;
  }
}

async function runSpatialBlocks(run: RunSpatial, job: SpatialJob, size: number): Promise<SpatialResult> {
  const { program, dtype } = job;
  const entries = entriesOf(program);
  const matrices = outputsOf(job, Object.keys(program.output.map), entries);
  const own = allocate(rowCount(job) * entries.count, dtype);
  await forEachBlock(job, size, async (block, watch) => {
    const results = await run({ ...spatialPartOf(job, block), ...watch });
    for (const [name, out] of Object.entries(matrices)) {
      store(results.matrices[name], block, out, job, entries);
    }
    let at = 0;
    for (const [first, end] of rangesOf(job, block)) {
      own.set(results.own.subarray(at, at += (end - first) * entries.count), first * entries.count);
    }
  });
  return { matrices, own };
}

function entriesOf({ outputPositions, outputLayout }: SpatialProgram): Entries {
  const positions = countOf(outputPositions);
  return outputLayout === "full"
    ? { count: positions ** 2, side: positions }
    : { count: positions, side: null };
}

function outputsOf(
  { n1, n2, dtype }: Pick<Job, "n1" | "n2" | "dtype">,
  names: readonly string[],
  { count }: Entries,
): Record<string, Values> {
  return Object.fromEntries(names.map((name) => [name, allocate(n1 * n2 * count, dtype)]));
}

function hasTables({ nodes, output }: SpatialProgram): boolean {
  const roots = [...nodes.map(({ program }) => program), output].flatMap((program) => [
    ...program.features,
    ...Object.values(program.rows),
  ]);
  return topological(roots).some(({ kind }) => kind === "table");
}

/** Calls `compute` for one block after another; progress counts the pairs of all of them. */
async function forEachBlock(
  { onProgress, signal, ...counts }: Pairs & Watch,
  size: number,
  compute: (block: Block, watch: Watch) => Promise<void>,
): Promise<void> {
  const total = pairsOf(counts, [0, counts.n1, 0, counts.n2]);
  const pause = pacer({ onProgress, signal }, total);
  let before = 0;
  for (const block of blocksOf(counts, size)) {
    const pairs = pairsOf(counts, block);
    const report = onProgress && (({ done, total: all }: { done: number; total: number }) => {
      if (done < all) onProgress({ done: before + Math.round(done / all * pairs), total });
    });
    await compute(block, { onProgress: report, signal });
    await pause(before += pairs);
  }
}

/** The blocks of all pairs, or of those on and above the diagonal. */
function* blocksOf(counts: Pairs, size: number): Generator<Block> {
  for (let i = 0; i < counts.n1; i += size) {
    for (let j = firstPartner(counts, i); j < counts.n2; j += size) {
      yield [i, Math.min(i + size, counts.n1), j, Math.min(j + size, counts.n2)];
    }
  }
}

/** Pairs that are computed in a block. */
function pairsOf({ symmetric }: Pairs, [i0, i1, j0, j1]: Block): number {
  const rows = i1 - i0;
  return symmetric && i0 === j0 ? rows * (rows + 1) / 2 : rows * (j1 - j0);
}
