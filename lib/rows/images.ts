/** The row stage of spatial programs: features of every row at every position, in float64 on the host. */
import type { Expr } from "../expr/expr.ts";
import type { Check, Program } from "../program/program.ts";
import { inTurns } from "../steps.ts";
import { checkRows, type Column, evaluateRows, type RowInputs } from "./rows.ts";
import { breather } from "../pause.ts";
import type { SpatialJob } from "../program/job.ts";

/** The variances of rows at every node: `var<id>` of row r at position p is at index r · positions + p. */
export type Variances = ReadonlyMap<number, Float64Array>;

/** Consecutive rows whose variances are known. */
export interface Rows {
  readonly first: number;
  readonly count: number;
  readonly variances: Variances;
}

/** The feature columns of a program at `positions` positions. */
export async function featuresOf(
  program: Program,
  positions: number,
  rows: Rows,
  job: SpatialJob,
): Promise<Column[]> {
  const columns = await evaluated(program.features, positions, rows, job);
  return program.features.map((feature) => columns.get(feature)!);
}

/** Refuses rows that violate a check. */
export async function checkPositions(
  checks: readonly Check[],
  positions: number,
  rows: Rows,
  job: SpatialJob,
): Promise<void> {
  const columns = await evaluated(checks.map(({ variance }) => variance), positions, rows, job);
  checkRows({ checks }, columns, job.dtype, { positions, first: rows.first }, job.ledger);
}

function evaluated(roots: readonly Expr[], positions: number, rows: Rows, job: SpatialJob) {
  const inputs = inputsOf(positions, rows, job);
  return inTurns(evaluateRows(roots, inputs, rows.count * positions, undefined, job), breather(job));
}

/** The row variables that the job and the variances give, all of them over (row, position). */
function inputsOf(
  positions: number,
  { first, count, variances }: Rows,
  { rowVariables }: SpatialJob,
): RowInputs {
  const given = Object.entries(rowVariables).map(([name, { values, positions: own }]) => {
    const at = (k: number) => own === 1 ? first + Math.floor(k / positions) : first * own + k;
    return [name, () => Float64Array.from({ length: count * positions }, (_, k) => values[at(k)])];
  });
  const known = [...variances].map(([id, values]) => [`var${id}`, () => values]);
  return Object.fromEntries([...given, ...known]);
}
