/**
 * Backends that compute jobs in blocks of rows, one block after another: each block of x1 and x2 is a job of its own, whose results
 * are put where they belong.
 */
import { allocate, countOf, type Values } from "../array/dtype.ts";
import type { Backend } from "../backends/backend.ts";
import { topological } from "../expr/graph.ts";
import { type Block, type Entries, firstPartner, mirror, type Pairs, rowCount, secondRow } from "../pairs.ts";
import { pacer, type Watch } from "../pause.ts";
import type { Given, Gram, Job, JobResult } from "../program/job.ts";
import { entriesOf, outputEntries, type Program } from "../program/program.ts";
import { RefusedRow } from "../rows/rows.ts";

/** From the first row to the one behind the last. */
type Range = readonly [first: number, end: number];

/** The backend with jobs in blocks of at most `size` rows of x1 and of x2; its results have the same bits. */
export const inBlocks = (backend: Backend, size: number): Backend => ({
  ...backend,
  run: async (job) => {
    // A table is as wide as the rows need that it is computed for: its last digits would depend on the blocks.
    if (hasTables(job.program)) return await backend.run(job);
    try {
      return await runBlocks(backend, job, size);
    } catch (error) {
      // The message of a row that is refused has to count all rows.
      if (error instanceof RefusedRow) return await backend.run(job);
      throw error;
    }
  },
});

async function runBlocks(backend: Backend, job: Job, size: number): Promise<JobResult> {
  const { program, n1, n2, dtype } = job;
  const entries = outputEntries(program);
  const matrices: Record<string, Values> = {};
  for (const name of Object.keys(program.output.map)) {
    matrices[name] = allocate(n1 * n2 * entries.count, dtype);
  }
  const own = allocate(rowCount(job) * entries.count, dtype);
  await forEachBlock(job, size, async (block, watch) => {
    const results = await backend.run({ ...partOf(job, block), ...watch });
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

function hasTables({ nodes, output }: Program): boolean {
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

/** The job of a block. */
function partOf(job: Job, block: Block): Job {
  const { source, program, rowVariables, matrices } = job;
  const ranges = rangesOf(job, block);
  const positions = countOf(program.inputPositions);
  const variables = Object.entries(rowVariables).map(([name, { values, positions }]) =>
    [name, { values: rowsOf(values, positions, ranges), positions }] as const
  );
  const part = {
    ...job,
    ...countsOf(job, block),
    rowVariables: Object.fromEntries(variables),
    matrices: new Map(
      [...matrices].map(([id, list]) => [id, ranges.flatMap(([first, end]) => list.slice(first, end))]),
    ),
  };
  if (source.kind === "gram") return { ...part, source: gramOf(source, block, positions) };
  const entries = entriesOf(positions, source.layout);
  return {
    ...part,
    source: {
      ...source,
      ...givenOf(source, job.n2, block, entries),
      own: rowsOf(source.own, entries, ranges),
    },
  };
}

/** The rows of a block among those of x1, followed by those of x2 unless x2 is x1. */
function rangesOf(counts: Pairs, [i0, i1, j0, j1]: Block): readonly Range[] {
  if (counts.symmetric && i0 === j0) return [[i0, i1]];
  return [[i0, i1], [secondRow(counts, j0), secondRow(counts, j1)]];
}

/** Puts the values of a block where they belong in those of all pairs, and where x2 is x1 also below the diagonal. */
function store(
  values: Values,
  block: Block,
  out: Values,
  { n2, symmetric }: Pairs,
  entries: Entries,
): void {
  const [i0, i1, j0, j1] = block;
  const step = (j1 - j0) * entries.count;
  for (let i = i0; i < i1; i++) {
    out.set(values.subarray((i - i0) * step, (i - i0 + 1) * step), (i * n2 + j0) * entries.count);
  }
  if (symmetric && i0 !== j0) mirror(out, n2, block, entries);
}

function countsOf({ symmetric }: Pairs, [i0, i1, j0, j1]: Block): Pairs {
  return { n1: i1 - i0, n2: j1 - j0, symmetric: symmetric && i0 === j0 };
}

function gramOf(gram: Gram, [i0, i1, j0, j1]: Block, positions: number): Gram {
  const step = gram.depth * positions;
  return { ...gram, x1: gram.x1.subarray(i0 * step, i1 * step), x2: gram.x2.subarray(j0 * step, j1 * step) };
}

function givenOf(
  { cov, ntk }: Pick<Given, "cov" | "ntk">,
  n2: number,
  [i0, i1, j0, j1]: Block,
  entries: number,
): Pick<Given, "cov" | "ntk"> {
  const rows = Array.from({ length: i1 - i0 }, (_, i): Range => [(i0 + i) * n2 + j0, (i0 + i) * n2 + j1]);
  return { cov: rowsOf(cov, entries, rows), ntk: ntk && rowsOf(ntk, entries, rows) };
}

/** Rows of `step` values each, one range after the other. */
function rowsOf<V extends Values>(values: V, step: number, ranges: readonly Range[]): V {
  const parts = ranges.map(([first, end]) => values.subarray(first * step, end * step));
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const out = allocate(size, values instanceof Float32Array ? "float32" : "float64");
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out as V;
}
