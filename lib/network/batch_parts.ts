/** Parts of jobs: the block of some rows of x1 and x2 as a job of its own, and its results put where they belong. */
import { type Block, type Pairs, secondRow } from "../pairs.ts";
import { allocate, countOf, type Values } from "../array/dtype.ts";
import type { Given, Gram, Job, Near, SpatialJob } from "../program/job.ts";
import type { Column } from "../rows/rows.ts";

/** From the first row to the one behind the last. */
type Range = readonly [first: number, end: number];

/** The job of a block of vectors. */
export function partOf(job: Job, block: Block): Job {
  const ranges = rangesOf(job, block);
  const partsOf = (columns: readonly Column[]) => columns.map((column) => columnOf(column, ranges));
  return {
    ...job,
    ...countsOf(job, block),
    source: sourceOf(job, block),
    features: partsOf(job.features),
    near: job.near && nearOf(job.near, ranges, partsOf),
  };
}

/** What computes the near pairs of a block. */
function nearOf(
  { variances, program }: Near,
  ranges: readonly Range[],
  partsOf: (columns: readonly Column[]) => Column[],
): Near {
  return {
    variances: rowsOf(variances, 1, ranges),
    async program() {
      const whole = await program();
      return { ...whole, features: partsOf(whole.features) };
    },
  };
}

/** The job of a block of inputs with positions. */
export function spatialPartOf(job: SpatialJob, block: Block): SpatialJob {
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
  const entries = source.layout === "full" ? positions ** 2 : positions;
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
export function rangesOf(counts: Pairs, [i0, i1, j0, j1]: Block): readonly Range[] {
  if (counts.symmetric && i0 === j0) return [[i0, i1]];
  return [[i0, i1], [secondRow(counts, j0), secondRow(counts, j1)]];
}

/** The results of a pair: how many entries, in a matrix over so many positions or none. */
export interface Entries {
  readonly count: number;
  /** Positions P of entries (P, Q), or null if they are those of a diagonal */
  readonly side: number | null;
}

/** Puts the values of a block where they belong in those of all pairs, and where x2 is x1 also below the diagonal. */
export function store(
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
  if (!symmetric || i0 === j0) return;
  const order = transposition(entries);
  for (let i = i0; i < i1; i++) {
    for (let j = j0; j < j1; j++) {
      const from = (i * n2 + j) * entries.count, to = (j * n2 + i) * entries.count;
      for (let k = 0; k < order.length; k++) out[to + k] = out[from + order[k]];
    }
  }
}

/** K_ji(q, p) = K_ij(p, q) */
function transposition({ count, side }: Entries): Uint32Array {
  return Uint32Array.from({ length: count }, (_, k) => side ? (k % side) * side + Math.floor(k / side) : k);
}

function countsOf({ symmetric }: Pairs, [i0, i1, j0, j1]: Block): Pairs {
  return { n1: i1 - i0, n2: j1 - j0, symmetric: symmetric && i0 === j0 };
}

function sourceOf({ source, n2 }: Job, block: Block): Gram | Given {
  return source.kind === "gram" ? gramOf(source, block, 1) : { ...source, ...givenOf(source, n2, block, 1) };
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

function columnOf(column: Column, ranges: readonly Range[]): Column {
  if (column instanceof Float64Array) return rowsOf(column, 1, ranges);
  return { ...column, coefficients: rowsOf(column.coefficients, column.width, ranges) };
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
