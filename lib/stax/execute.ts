/** Runs a program: the row stage here, the map on a backend. */
import { type DType, NdArray } from "../array.ts";
import type { Backend, Job } from "../backends/backend.ts";
import type { GivenPositions } from "../backends/spatial_job.ts";
import type { Expr } from "../expr/expr.ts";
import type { Program } from "../program.ts";
import { checkRows, type Column, evaluateRows, type RowInputs } from "../rows.ts";
import type { Prepared } from "./inputs.ts";
import type { Kernel } from "./kernel.ts";

/** The entries of a kernel that a program computes. */
export type Entries = Pick<Kernel, "nngp" | "ntk" | "cov1" | "cov2" | "numericalError">;

/** What a program of vectors is computed from. */
export type PairInput = Pick<Prepared, "source" | "n1" | "n2" | "symmetric" | "rows">;

/** Computes the rows and checks them, while the backend may still be opened, and has it compute the pairs. */
export async function execute(
  program: Program,
  { source, n1, n2, symmetric, rows }: PairInput,
  opening: Backend | Promise<Backend>,
  { dtype, onProgress, signal }: Pick<Job, "dtype" | "onProgress" | "signal">,
): Promise<Entries> {
  const count = symmetric ? n1 : n1 + n2;
  const [columns, backend] = await Promise.all([rowStage(program, rows, count, dtype), opening]);
  const features = program.features.map((feature) => columns.get(feature)!);
  const hasMap = Object.keys(program.map).length > 0;
  const vectors = source as Exclude<Prepared["source"], GivenPositions>;
  const job: Job = { program, source: vectors, n1, n2, symmetric, features, dtype, onProgress, signal };
  const matrices = hasMap ? await backend.run(job) : {};
  const matrix = (name: string) => matrices[name] && new NdArray(matrices[name], [n1, n2]);
  const variances = columns.get(program.rows.cov) as Float64Array;
  const vector = (start: number, end: number) => {
    const values = variances.slice(start, end);
    return new NdArray(dtype === "float32" ? Float32Array.from(values) : values, [end - start]);
  };
  return {
    nngp: matrix("nngp"),
    ntk: matrix("ntk") ?? null,
    cov1: vector(0, n1),
    cov2: symmetric ? null : vector(n1, n1 + n2),
    numericalError: largestError(features),
  };
}

/** The columns of a program, checked; a promise, so that it fails as one. */
// deno-lint-ignore require-await
async function rowStage(
  program: Program,
  rows: RowInputs,
  count: number,
  dtype: DType,
): Promise<Map<Expr, Column>> {
  const roots = [...program.features, program.rows.cov, ...program.checks.map((check) => check.variance)];
  const columns = evaluateRows(roots, rows, count);
  checkRows(program, columns, dtype);
  return columns;
}

/** The largest error that a coefficient table reported. */
export function largestError(columns: readonly Column[]): number {
  return Math.max(0, ...columns.map((column) => column instanceof Float64Array ? 0 : column.error));
}
