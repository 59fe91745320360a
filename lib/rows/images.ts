/** The row stage of programs with positions: features of every row at every position, in float64 on the host. */
import type { Expr } from "../expr/expr.ts";
import type { Check, Entrywise } from "../program/entrywise.ts";
import { inTurns } from "../steps.ts";
import { checkRows, type Column, evaluateRows, type RowInputs } from "./rows.ts";
import { breather } from "../pause.ts";
import type { Job, RowVariable } from "../program/job.ts";

/** The variances of rows at every node: `var<id>` of row r at position p is at index r · positions + p. */
export type Variances<V = Float64Array> = ReadonlyMap<number, V>;

/** Consecutive rows whose variances are known. */
export interface Rows<V = Float64Array> {
  readonly first: number;
  readonly count: number;
  readonly variances: Variances<V>;
}

/** The feature columns of a program at `positions` positions. */
export async function featuresOf(
  program: Entrywise,
  positions: number,
  rows: Rows,
  job: Job,
): Promise<Column[]> {
  const columns = await evaluated(program.features, positions, rows, job);
  return program.features.map((feature) => columns.get(feature)!);
}

/** Refuses rows that violate a check. */
export async function checkPositions(
  checks: readonly Check[],
  positions: number,
  rows: Rows,
  job: Job,
): Promise<void> {
  const columns = await evaluated(checks.map(({ variance }) => variance), positions, rows, job);
  checkRows({ checks }, columns, job.dtype, { positions, first: rows.first }, job.ledger);
}

function evaluated(roots: readonly Expr[], positions: number, rows: Rows, job: Job) {
  const inputs = inputsOf(positions, rows, job);
  return inTurns(evaluateRows(roots, inputs, rows.count * positions, job), breather(job));
}

/** The row variables that the job and the variances give, all of them over (row, position). */
function inputsOf(
  positions: number,
  { first, count, variances }: Rows,
  { rowVariables }: Job,
): RowInputs {
  const given = Object.entries(rowVariables).map(([name, variable]) => {
    const value = (_: unknown, k: number) => variable.values[placeIn(variable, k, positions, first)];
    return [name, () => Float64Array.from({ length: count * positions }, value)];
  });
  const known = [...variances].map(([id, values]) => [`var${id}`, () => values]);
  return Object.fromEntries([...given, ...known]);
}

/** Where the values of a row variable have entry k of (row, position), counted from row `first` on. */
export function placeIn(
  { positions: own }: RowVariable,
  k: number,
  positions: number,
  first: number,
): number {
  return own === 1 ? first + Math.floor(k / positions) : first * own + k;
}
