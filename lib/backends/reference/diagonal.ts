/**
 * Every input with itself, node by node: the variances that the maps of all pairs need, and the matrices of mixing nodes. It
 * runs on the host, once an input, in the arithmetic of the pairs.
 *
 * In: a job. Out, for images.ts: `var<id>` of each row at every position of node id; the matrix of each row at every node that mixes
 * positions, which attention makes of the row's own covariance and which otherwise comes with the job; and the output `nngp` of each
 * row with itself. Conditions on variances are checked as soon as these are there, so that the first row that is refused is named
 * with the first layer that refuses it.
 */
import { rowCount } from "../../pairs.ts";
import { allocate, countOf, type Values } from "../../array/dtype.ts";
import type { Entrywise } from "../../program/entrywise.ts";
import { applyMap, diagonalOf, mix } from "../../spatial/apply.ts";
import type { SparseMatrix } from "../../spatial/axis.ts";
import { remembered } from "../../remembered.ts";
import { inTurns } from "../../steps.ts";
import { type Layout, type Node, outputEntries } from "../../program/program.ts";
import { type Attention, isMixing, outSizeOf, sizeOf } from "../../program/nodes.ts";
import { breather, pacer } from "../../pause.ts";
import type { Job } from "../../program/job.ts";
import type { Arithmetic, Covariance } from "./arithmetic.ts";
import { checkPositions, type Variances } from "../../rows/images.ts";
import { ownCovariance } from "./source.ts";

/** What the self pass knows about all rows. */
export interface SelfPass<V, F> {
  /** `var<id>` of every row at every position of node id */
  readonly variances: Variances<V>;
  /** For every mixing node the matrix of every row */
  readonly matrices: ReadonlyMap<number, readonly SparseMatrix<F>[]>;
  /** The output `nngp` of every row with itself */
  readonly own: Values;
}

/** An entrywise map of one row with itself, at so many positions. */
interface SelfStage<V, F, C> {
  readonly program: Entrywise;
  readonly positions: number;
  readonly map: ReturnType<Arithmetic<V, F, C>["positionwiseMap"]>;
}

/** Computes all rows of x1, then those of x2 unless symmetric. */
export async function selfPass<V, F, C>(
  arithmetic: Arithmetic<V, F, C>,
  job: Job,
): Promise<SelfPass<V, F>> {
  const { program, dtype } = job;
  const rows = rowCount(job);
  const sizes = [countOf(program.inputPositions), ...program.nodes.map(({ map }) => outSizeOf(map))];
  const variances = new Map(sizes.map((size, id) => [id, arithmetic.zeros(rows * size)]));
  const matrices = new Map<number, SparseMatrix<F>[]>(
    program.nodes.filter(({ map }) => isMixing(map)).map(({ id }) => [id, []]),
  );
  const { count: entries } = outputEntries(program);
  const own = allocate(rows * entries, dtype);
  const evaluate = rowEvaluator(arithmetic, job, sizes);
  const pause = pacer({ signal: job.signal }, rows);
  for (let row = 0; row < rows; row++) {
    const result = await evaluate(row);
    for (const [id, values] of result.variances) arithmetic.set(variances.get(id)!, values, row * sizes[id]);
    for (const [id, matrix] of result.matrices) matrices.get(id)!.push(matrix);
    own.set(arithmetic.rounded(result.own), row * entries);
    await pause(row);
  }
  return { variances, matrices, own };
}

/** A map without the NTK, which no variance depends on. */
const nngpAlone = remembered(({ map, ...program }: Entrywise): Entrywise => ({
  ...program,
  map: { nngp: map.nngp },
}));

/** A function that evaluates one row: its variances at every node, its mixing matrices, its output. */
function rowEvaluator<V, F, C>(arithmetic: Arithmetic<V, F, C>, job: Job, sizes: readonly number[]) {
  const { nodes, checks, output, outputPositions, outputLayout } = job.program;
  const stageOf = (program: Entrywise, positions: number, layout: Layout): SelfStage<V, F, C> => ({
    program,
    positions,
    map: arithmetic.positionwiseMap(program, positions, layout),
  });
  const nngpStage = (program: Entrywise, positions: number, layout: Layout) =>
    stageOf(nngpAlone(program), positions, layout);
  const stages = nodes.map(({ program, map, layoutIn }) => nngpStage(program, sizeOf(map), layoutIn));
  // What attention weighs with, of nodes that have it
  const weights = nodes.map(({ map }) =>
    isMixing(map) && map.attention ? stageOf(map.attention.weight, map.size, "full") : null
  );
  const last = nngpStage(output, countOf(outputPositions), outputLayout);
  const breathe = breather(job);
  return async (row: number) => {
    const variances = new Map<number, V>();
    // The same in double precision, in which conditions are checked
    const inDoubles = new Map<number, Float64Array>();
    const matrices = new Map<number, SparseMatrix<F>>();
    const covariances: Record<string, Covariance<V>> = {};
    const rows = { first: row, count: 1, variances };
    /** Keeps the covariance of a node, whose diagonal are the variances that later maps read */
    const keep = async (id: number, { data, layout }: Covariance<V>) => {
      covariances[`cov${id}`] = { data, layout };
      variances.set(id, layout === "full" ? diagonalOf(arithmetic, data) : data);
      inDoubles.set(id, arithmetic.rounded(variances.get(id)!));
      await checkPositions(checks[id], sizes[id], { ...rows, variances: inDoubles }, job);
    };
    /** The outputs of a map for this row: its features first, then both sides of the pair are this row */
    const run = async ({ program, positions, map }: SelfStage<V, F, C>) => {
      const columns = await arithmetic.featuresOf(program, positions, rows, job);
      const run = await inTurns(map(columns), breathe);
      return await inTurns(run(0, 0, covariances), breathe);
    };
    await keep(0, await inTurns(ownCovariance(arithmetic, job, row), breathe));
    for (const [k, node] of nodes.entries()) {
      const stage = weights[k];
      const weight = stage && (await run(stage)).weight;
      const { id, map, layoutIn, layoutOut } = node;
      if (isMixing(map)) matrices.set(id, mixingMatrix(arithmetic, job, node, map.attention, weight, row));
      const { nngp } = await run(stages[k]);
      const mixing = matrices.get(id)!;
      const steps = isMixing(map)
        ? mix(arithmetic, mixing, mixing, nngp, layoutOut)
        : applyMap(arithmetic, map, nngp, layoutIn, layoutOut);
      const data = await inTurns(steps, breathe);
      await keep(id, { data, layout: layoutOut });
      await breathe();
    }
    return { variances, matrices, own: (await run(last)).nngp };
  };
}

/** A row's matrix of a mixing node: its attention, or the one that came with the job. */
function mixingMatrix<V, F, C>(
  { count, factor, factors, softmax }: Arithmetic<V, F, C>,
  job: Job,
  { id }: Node,
  attention: Attention | null,
  weight: V | null,
  row: number,
): SparseMatrix<F> {
  if (!attention || weight === null) {
    return job.matrices.get(id)![row].map(({ at, weights }) => ({
      at,
      weights: weights.map((entry) => factor(entry)),
    }));
  }
  const size = Math.sqrt(count(weight));
  const at = Array.from({ length: size }, (_, p) => p);
  const all = factors(weight);
  return at.map((P) => {
    const weights = all.slice(P * size, (P + 1) * size);
    return { at, weights: attention.softmax ? softmax(weights) : weights };
  });
}
