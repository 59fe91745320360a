/**
 * Every input with itself, node by node: the variances that the maps of all pairs need, and the matrices of mixing nodes. It
 * runs in float64 on the host, once an input.
 */
import { rowCount } from "../../pairs.ts";
import { allocate, countOf, type Values } from "../../array/dtype.ts";
import type { Entrywise } from "../../program/entrywise.ts";
import { applyMap, diagonalOf, mix } from "../../spatial/apply.ts";
import type { SparseMatrix } from "../../spatial/axis.ts";
import { inTurns } from "../../steps.ts";
import { softmax } from "../../spatial/finite.ts";
import { type Layout, type Node, outputEntries } from "../../program/program.ts";
import { type Attention, isMixing, outSizeOf, sizeOf } from "../../program/nodes.ts";
import { breather, pacer } from "../../pause.ts";
import type { Job } from "../../program/job.ts";
import { type Covariances, positionwiseMap } from "./maps.ts";
import { checkPositions, featuresOf } from "../../rows/images.ts";
import { ownCovariance } from "./source.ts";

/** What the self pass knows about all rows. */
export interface SelfPass {
  /** `var<id>` of every row at every position of node id */
  readonly variances: ReadonlyMap<number, Float64Array>;
  /** For every mixing node the matrix of every row */
  readonly matrices: ReadonlyMap<number, readonly SparseMatrix[]>;
  /** The output `nngp` of every row with itself */
  readonly own: Values;
}

/** An entrywise map of one row with itself. */
interface SelfStage {
  readonly program: Entrywise;
  readonly positions: number;
  readonly map: ReturnType<typeof positionwiseMap>;
}

/** Computes all rows of x1, then those of x2 unless symmetric. */
export async function selfPass(job: Job): Promise<SelfPass> {
  const { program, dtype } = job;
  const rows = rowCount(job);
  const sizes = [countOf(program.inputPositions), ...program.nodes.map(({ map }) => outSizeOf(map))];
  const variances = new Map(sizes.map((size, id) => [id, new Float64Array(rows * size)]));
  const matrices = new Map<number, SparseMatrix[]>(
    program.nodes.filter(({ map }) => isMixing(map)).map(({ id }) => [id, []]),
  );
  const { count: entries } = outputEntries(program);
  const own = allocate(rows * entries, dtype);
  const evaluate = rowEvaluator(job, sizes);
  const pause = pacer({ signal: job.signal }, rows);
  for (let row = 0; row < rows; row++) {
    const result = await evaluate(row);
    for (const [id, values] of result.variances) variances.get(id)!.set(values, row * sizes[id]);
    for (const [id, matrix] of result.matrices) matrices.get(id)!.push(matrix);
    own.set(result.own, row * entries);
    await pause(row);
  }
  return { variances, matrices, own };
}

/** A function that evaluates one row: its variances at every node, its mixing matrices, its output. */
function rowEvaluator(job: Job, sizes: readonly number[]) {
  const { nodes, checks, output, outputPositions, outputLayout } = job.program;
  const stages = nodes.map(({ program, map, layoutIn }) => nngpStage(program, sizeOf(map), layoutIn));
  const weights = nodes.map(({ map }) =>
    isMixing(map) && map.attention ? selfStage(map.attention.weight, map.size, "full") : null
  );
  const last = nngpStage(output, countOf(outputPositions), outputLayout);
  const breathe = breather(job);
  return async (row: number) => {
    const variances = new Map<number, Float64Array>();
    const matrices = new Map<number, SparseMatrix>();
    const covariances: Record<string, Covariances[string]> = {};
    const rows = { first: row, count: 1, variances };
    const keep = async (id: number, covariance: Covariances[string]) => {
      covariances[`cov${id}`] = covariance;
      variances.set(id, covariance.layout === "full" ? diagonalOf(covariance.data) : covariance.data);
      await checkPositions(checks[id], sizes[id], rows, job);
    };
    const run = async ({ program, positions, map }: SelfStage) => {
      const columns = await featuresOf(program, positions, rows, job);
      const run = await inTurns(map(columns), breathe);
      return await inTurns(run(0, 0, covariances), breathe);
    };
    await keep(0, ownCovariance(job, row));
    for (const [k, node] of nodes.entries()) {
      const stage = weights[k];
      const weight = stage && (await run(stage)).weight;
      if (isMixing(node.map)) matrices.set(node.id, mixingMatrix(job, node, node.map.attention, weight, row));
      const { map, layoutIn, layoutOut } = node;
      const { nngp } = await run(stages[k]);
      const mixing = matrices.get(node.id)!;
      const steps = isMixing(map)
        ? mix(mixing, mixing, nngp, layoutOut)
        : applyMap(map, nngp, layoutIn, layoutOut);
      const data = await inTurns(steps, breathe);
      await keep(node.id, { data, layout: layoutOut });
      await breathe();
    }
    return { variances, matrices, own: (await run(last)).nngp };
  };
}

function selfStage(program: Entrywise, positions: number, layout: Layout): SelfStage {
  return { program, positions, map: positionwiseMap(program, positions, layout) };
}

/** The stage without its NTK, which no variance depends on. */
function nngpStage(program: Entrywise, positions: number, layout: Layout): SelfStage {
  return selfStage({ ...program, map: { nngp: program.map.nngp } }, positions, layout);
}

/** A row's matrix of a mixing node: its attention, or the one that came with the job. */
function mixingMatrix(
  job: Job,
  { id }: Node,
  attention: Attention | null,
  weight: Float64Array | null,
  row: number,
): SparseMatrix {
  if (!attention || !weight) return job.matrices.get(id)![row];
  const size = Math.sqrt(weight.length);
  const at = Array.from({ length: size }, (_, p) => p);
  return at.map((P) => {
    const weights = weight.slice(P * size, (P + 1) * size);
    return { at, weights: [...attention.softmax ? softmax(weights) : weights] };
  });
}
