/**
 * Networks with positions on the reference backend: dense matrices over position × position, pair by pair, node by node, in any
 * arithmetic. It is the definition for the faster backends, written to be read.
 *
 * In: a job. Out: a matrix of each output for every pair of rows, and the diagonal. In this order: every row with itself
 * (diagonal.ts), which gives the variances at all nodes; the features of all rows, and a map of each node that reads them (maps.ts);
 * then, pair by pair, the covariance of the inputs (source.ts) and node by node its map and its linear map:
 *
 *     cov0 = ⟨x1ₚ, x2_q⟩ / channels                      for all positions p and q
 *     cov1 = T · map1(cov0) · Tᵀ,   ntk1 likewise        a convolution, say; or A₁ · map1(cov0) · A₂ᵀ with matrices of the rows
 *     …
 *     nngp, ntk = map(cov1, ntk1)
 */
import { firstPartner, mirror, pairCount, rowCount, secondRow } from "../../pairs.ts";
import { allocate, countOf } from "../../array/dtype.ts";
import type { Entrywise } from "../../program/entrywise.ts";
import { inTurns, type Steps } from "../../steps.ts";
import { applyMap, mix } from "../../spatial/apply.ts";
import type { SparseMatrix } from "../../spatial/axis.ts";
import { type Layout, outputEntries, type Program } from "../../program/program.ts";
import { isMixing, sizeOf } from "../../program/nodes.ts";
import { breather, pacer } from "../../pause.ts";
import type { Job, JobResult } from "../../program/job.ts";
import type { Arithmetic, Covariance, PositionwiseMap } from "./arithmetic.ts";
import { selfPass } from "./diagonal.ts";
import { inputCovariances } from "./source.ts";

/** A node's entrywise map, or that of the output. */
interface Stage {
  readonly program: Entrywise;
  readonly positions: number;
  readonly layout: Layout;
}

/** Computes a program with positions. */
export async function runSpatial<V, F, C>(arithmetic: Arithmetic<V, F, C>, job: Job): Promise<JobResult> {
  const { program, n1, n2, symmetric, dtype } = job;
  const { variances, matrices: mixing, own } = await selfPass(arithmetic, job);
  const rows = { first: 0, count: rowCount(job), variances };
  const stages = stagesOf(program);
  // A map of each stage, with the features of all rows
  const breathe = breather(job);
  const maps: PositionwiseMap<V>[] = [];
  for (const { program, positions, layout } of stages) {
    const columns = await arithmetic.featuresOf(program, positions, rows, job);
    maps.push(await inTurns(arithmetic.positionwiseMap(program, positions, layout)(columns), breathe));
  }
  const entries = outputEntries(program);
  const matrices = Object.fromEntries(
    Object.keys(program.output.map).map((name) => [name, allocate(n1 * n2 * entries.count, dtype)]),
  );
  const pause = pacer(job, pairCount(job));
  const shared = { maps, mixing };
  let done = 0;
  for (let i = 0; i < n1; i++) {
    for (let j = firstPartner(job, i); j < n2; j++) {
      const pair = evaluatePair(arithmetic, job, shared, i, secondRow(job, j));
      for (const [name, values] of Object.entries(await inTurns(pair, breathe))) {
        matrices[name].set(arithmetic.rounded(values), (i * n2 + j) * entries.count);
        if (symmetric) mirror(matrices[name], n2, [i, i + 1, j, j + 1], entries);
      }
      await pause(++done);
    }
  }
  return { matrices, own };
}

/** The stages in order, that of the output last. */
function stagesOf({ nodes, output, outputPositions, outputLayout }: Program): Stage[] {
  return [
    ...nodes.map(({ program, map, layoutIn }) => ({ program, positions: sizeOf(map), layout: layoutIn })),
    { program: output, positions: countOf(outputPositions), layout: outputLayout },
  ];
}

/** What all pairs share: for every stage the entrywise map, and the matrices of mixing nodes for every row. */
interface Shared<V, F> {
  readonly maps: readonly PositionwiseMap<V>[];
  readonly mixing: ReadonlyMap<number, readonly SparseMatrix<F>[]>;
}

/** The outputs of one pair of rows, in steps. */
function* evaluatePair<V, F, C>(
  arithmetic: Arithmetic<V, F, C>,
  job: Job,
  { maps, mixing }: Shared<V, F>,
  row1: number,
  row2: number,
): Steps<Record<string, V>> {
  const { nodes } = job.program;
  const covariances: Record<string, Covariance<V>> = yield* inputCovariances(arithmetic, job, row1, row2);
  for (const [k, { id, pairs, map, layoutIn, layoutOut }] of nodes.entries()) {
    // Of some nodes only the variances are read.
    if (!pairs) continue;
    const matrices = mixing.get(id);
    /** What the linear map makes of what the entrywise map gave */
    const mapped = function* (values: V): Steps<Covariance<V>> {
      return {
        data: isMixing(map)
          ? yield* mix(arithmetic, matrices![row1], matrices![row2], values, layoutOut)
          : yield* applyMap(arithmetic, map, values, layoutIn, layoutOut),
        layout: layoutOut,
      };
    };
    const { nngp, ntk } = yield* maps[k](row1, row2, covariances);
    covariances[`cov${id}`] = yield* mapped(nngp);
    if (ntk) covariances[`ntk${id}`] = yield* mapped(ntk);
    yield;
  }
  return yield* maps[nodes.length](row1, row2, covariances);
}
