/**
 * Networks with positions on the reference backend: dense matrices over position × position, pair by pair, node by node. It is
 * the definition for the faster backends, written to be read.
 */
import { allocate } from "../array/dtype.ts";
import type { Program } from "../program.ts";
import { checkRows, type Column, evaluateRows, type RowInputs } from "../rows.ts";
import { applyMap, count, diagonalOf } from "../spatial/apply.ts";
import type { Layout, SpatialProgram } from "../spatial/program.ts";
import { dot } from "./gram_tile.ts";
import { pacer } from "./pause.ts";
import type { SpatialJob, SpatialResult } from "./spatial_job.ts";
import { type Covariances, type PositionwiseMap, positionwiseMap } from "./spatial_map.ts";

/** The variances of all rows at every node: `var<id>` of row r at position p is at index r · positions + p. */
type Variances = Map<number, Float64Array>;

/** Computes a spatial program. */
export async function runSpatial(job: SpatialJob): Promise<SpatialResult> {
  const { program, n1, n2, symmetric, dtype } = job;
  const second = symmetric ? 0 : n1;
  const { variances, own } = await selfPass(job);
  const stages = stagesOf(program);
  const columns = stages.map((stage) => featuresOf(stage, variances, symmetric ? n1 : n1 + n2, job));
  const maps = stages.map((stage, k) =>
    positionwiseMap(stage.program, columns[k], stage.lengths, stage.layout)
  );
  const entries = entriesOf(program);
  const matrices = Object.fromEntries(
    Object.keys(program.output.map).map((name) => [name, allocate(n1 * n2 * entries, dtype)]),
  );
  const pause = pacer(job, symmetric ? n1 * (n1 + 1) / 2 : n1 * n2);
  let done = 0;
  for (let i = 0; i < n1; i++) {
    for (let j = symmetric ? i : 0; j < n2; j++) {
      const result = evaluatePair(job, maps, i, second + j);
      for (const [name, values] of Object.entries(result)) {
        matrices[name].set(values, (i * n2 + j) * entries);
        if (symmetric && i !== j) {
          matrices[name].set(transposed(values, program.outputLayout), (j * n2 + i) * entries);
        }
      }
      await pause(++done);
    }
  }
  return { matrices, own, numericalError: largestError(columns.flat()) };
}

/** A node's entrywise map, or that of the output. */
interface Stage {
  readonly program: Program;
  readonly lengths: readonly number[];
  readonly layout: Layout;
}

function stagesOf({ nodes, output, outputPositions, outputLayout }: SpatialProgram): Stage[] {
  return [
    ...nodes.map(({ program, map, layoutIn }) => ({
      program,
      lengths: map.axes.map((axis) => axis.size),
      layout: layoutIn,
    })),
    { program: output, lengths: outputPositions, layout: outputLayout },
  ];
}

/** Every input with itself: the variances that the maps of all pairs need. */
async function selfPass(job: SpatialJob): Promise<{ variances: Variances; own: SpatialResult["own"] }> {
  const { program, n1, n2, symmetric, dtype } = job;
  const rows = symmetric ? n1 : n1 + n2;
  const variances: Variances = new Map();
  const entries = entriesOf(program);
  const own = allocate(rows * entries, dtype);
  const lengths = [
    count(program.inputPositions),
    ...program.nodes.map(({ map }) => count(map.axes.map((axis) => axis.outSize))),
  ];
  lengths.forEach((length, id) => variances.set(id, new Float64Array(rows * length)));
  const pause = pacer({ signal: job.signal }, rows);
  for (let row = 0; row < rows; row++) {
    own.set(selfPair(job, row, variances, lengths), row * entries);
    await pause(row);
  }
  return { variances, own };
}

/** One input with itself: fills its variances node by node, as each map needs those before it. */
function selfPair(
  job: SpatialJob,
  row: number,
  variances: Variances,
  lengths: readonly number[],
): Float64Array {
  const { program } = job;
  const local: Variances = new Map();
  const keep = (id: number, diagonal: Float64Array) => {
    local.set(id, diagonal);
    variances.get(id)!.set(diagonal, row * lengths[id]);
  };
  const covariances: Record<string, Covariances[string]> = { cov0: inputCovariance(job, row, row) };
  keep(0, onlyDiagonal(covariances.cov0));
  const entrywise = (stage: Stage): Float64Array => {
    const nngpOnly = { ...stage.program, map: { nngp: stage.program.map.nngp } };
    const columns = featuresOf({ ...stage, program: nngpOnly }, local, 1, job, row);
    return positionwiseMap(nngpOnly, columns, stage.lengths, stage.layout)(0, 0, covariances).nngp;
  };
  const stages = stagesOf(program);
  for (const [k, { id, map, layoutIn, layoutOut }] of program.nodes.entries()) {
    const data = applyMap(map, entrywise(stages[k]), layoutIn, layoutOut);
    covariances[`cov${id}`] = { data, layout: layoutOut };
    keep(id, onlyDiagonal(covariances[`cov${id}`]));
  }
  return entrywise(stages[stages.length - 1]);
}

const onlyDiagonal = ({ data, layout }: Covariances[string]) => layout === "full" ? diagonalOf(data) : data;

/** K(p, q) = ⟨x1ₚ, x2_q⟩ / channels for rows counted through x1 and then x2. */
function inputCovariance(
  { program, x1, x2, n1, channels, symmetric }: SpatialJob,
  row1: number,
  row2: number,
) {
  const positions = count(program.inputPositions);
  const values = (row: number) => !symmetric && row >= n1 ? { x: x2, at: row - n1 } : { x: x1, at: row };
  const [first, second] = [values(row1), values(row2)];
  const entry = (p: number, q: number) =>
    dot(
      first.x,
      (first.at * positions + p) * channels,
      second.x,
      (second.at * positions + q) * channels,
      channels,
    ) / channels;
  const layout = program.inputLayout;
  const data = layout === "full"
    ? Float64Array.from({ length: positions ** 2 }, (_, k) => entry(Math.floor(k / positions), k % positions))
    : Float64Array.from({ length: positions }, (_, p) => entry(p, p));
  return { data, layout };
}

/** The outputs of one pair of rows. */
function evaluatePair(
  job: SpatialJob,
  maps: readonly PositionwiseMap[],
  row1: number,
  row2: number,
): Record<string, Float64Array> {
  const { nodes } = job.program;
  const covariances: Record<string, Covariances[string]> = { cov0: inputCovariance(job, row1, row2) };
  for (const [k, { id, map, layoutIn, layoutOut }] of nodes.entries()) {
    const { nngp, ntk } = maps[k](row1, row2, covariances);
    covariances[`cov${id}`] = { data: applyMap(map, nngp, layoutIn, layoutOut), layout: layoutOut };
    if (ntk) covariances[`ntk${id}`] = { data: applyMap(map, ntk, layoutIn, layoutOut), layout: layoutOut };
  }
  return maps[nodes.length](row1, row2, covariances);
}

/** The feature columns of a stage for `rows` rows, the first of which has index `firstRow`. */
function featuresOf(
  { program, lengths }: Stage,
  variances: Variances,
  rows: number,
  { dtype }: SpatialJob,
  firstRow = 0,
): Column[] {
  const positions = count(lengths);
  const inputs: Record<string, () => Float64Array> = {
    index: () =>
      Float64Array.from({ length: rows * positions }, (_, k) => firstRow + Math.floor(k / positions)),
  };
  for (const [id, values] of variances) inputs[`var${id}`] = () => values;
  const columns = evaluateRows(
    [...program.features, ...program.checks.map((check) => check.variance)],
    inputs as RowInputs,
    rows * positions,
  );
  checkRows(program, columns, dtype, positions);
  return program.features.map((feature) => columns.get(feature)!);
}

function entriesOf({ outputPositions, outputLayout }: SpatialProgram): number {
  const positions = count(outputPositions);
  return outputLayout === "full" ? positions ** 2 : positions;
}

/** K_ji(q, p) = K_ij(p, q) */
function transposed(values: Float64Array, layout: Layout): Float64Array {
  if (layout === "diagonal") return values;
  const positions = Math.sqrt(values.length);
  return values.map((_, k) => values[(k % positions) * positions + Math.floor(k / positions)]);
}

const largestError = (columns: readonly Column[]) =>
  Math.max(0, ...columns.map((column) => column instanceof Float64Array ? 0 : column.error));
