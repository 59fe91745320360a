/** Runs a program: the row stage here, the map on a backend. */
import { rowCount } from "../pairs.ts";
import { NdArray } from "../array/mod.ts";
import { owning } from "../array/spare.ts";
import type { Backend } from "../backends/backend.ts";
import type { Job, Near } from "../program/job.ts";
import { breather } from "../pause.ts";
import type { Expr } from "../expr/expr.ts";
import { Ledger } from "../expr/table.ts";
import { type Program, rowRoots } from "../program/program.ts";
import { operate } from "../rows/operations.ts";
import { inTurns } from "../steps.ts";
import { checkRows, type Column, evaluateRows, type RowInputs, type RowStage } from "../rows/rows.ts";
import { hostVariances, vectorRows } from "../rows/vectors.ts";
import type { Prepared } from "./prepared.ts";
import type { Kernel } from "./kernel.ts";
import type { OwnNtk } from "./own_ntk.ts";

/** The entries of a kernel that a program computes. */
export type Entries = Pick<Kernel, "nngp" | "ntk" | "cov1" | "cov2">;

type Columns = Map<Expr, Column>;

/** What a program of vectors is computed from. */
export type PairInput = Pick<Prepared, "source" | "n1" | "n2" | "symmetric" | "rows" | "requireFinite">;

const host: RowStage = { variancesOf: hostVariances, operate };

/** Computes the rows and checks them, and has the backend compute the pairs. */
export async function execute(
  program: Program,
  input: PairInput,
  backend: Backend,
  { dtype, onProgress, signal }: Pick<Job, "dtype" | "onProgress" | "signal">,
  { nearProgram = null, ownNtk = null, ledger = new Ledger(dtype) }: {
    nearProgram?: ((signal?: AbortSignal) => Promise<Program>) | null;
    ownNtk?: OwnNtk | null;
    ledger?: Ledger;
  } = {},
): Promise<Entries> {
  const { n1, n2, symmetric } = input;
  const source = input.source as Job["source"];
  const hasMap = Object.keys(program.map).length > 0;
  const stage = (hasMap ? await backend.rows?.(program, dtype, signal) : undefined) ?? host;
  const { variances, variables } = await variablesOf(input, source, stage, breather({ signal }));
  const count = rowCount(input);
  const evaluate = (roots: readonly Expr[], known?: Columns) =>
    inTurns(evaluateRows(roots, variables, count, stage.operate, { known, ledger }), breather({ signal }));
  const columns = await evaluate(rowRoots(program));
  checkRows(program, columns, dtype, undefined, ledger);
  if (variances) {
    await ownNtk?.check(dtype, variances, (roots) => evaluate(roots, columns), breather({ signal }));
  }
  const features = program.features.map((feature) => columns.get(feature)!);
  const near = nearProgram && variances
    ? nearOf(() => nearProgram(signal), variances, (roots) => evaluate(roots, columns))
    : undefined;
  const job: Job = { program, source, n1, n2, symmetric, features, near, dtype, onProgress, signal };
  const matrices = hasMap ? await backend.run(job) : {};
  const matrix = (name: string) => matrices[name] && owning(new NdArray(matrices[name], [n1, n2]));
  const own = columns.get(program.rows.cov) as Float64Array;
  const vector = (start: number, end: number) => {
    const values = own.slice(start, end);
    return new NdArray(dtype === "float32" ? Float32Array.from(values) : values, [end - start]);
  };
  return {
    nngp: matrix("nngp"),
    ntk: matrix("ntk") ?? null,
    cov1: vector(0, n1),
    cov2: symmetric ? null : vector(n1, n1 + n2),
  };
}

/** What computes pairs of inputs that lie close together. */
function nearOf(
  nearProgram: () => Promise<Program>,
  variances: Float64Array,
  evaluate: (roots: readonly Expr[]) => Promise<Columns>,
): Near {
  return {
    variances,
    async program() {
      const program = await nearProgram();
      const columns = await evaluate(program.features);
      return { program, features: program.features.map((feature) => columns.get(feature)!) };
    },
  };
}

/** The row variables of inputs, and the variances of vectors. An entry that is not finite is found by the variance of its row. */
async function variablesOf(
  { rows, symmetric, requireFinite }: PairInput,
  source: Job["source"],
  { variancesOf }: RowStage,
  breathe: ReturnType<typeof breather>,
): Promise<{ readonly variances: Float64Array | null; readonly variables: RowInputs }> {
  if (source.kind === "given") return { variances: null, variables: rows };
  const { x1, x2, depth } = source;
  const vectors = vectorRows(symmetric ? [x1] : [x1, x2], depth, variancesOf);
  const variances = await inTurns(vectors.var(), breathe);
  if (!variances.every(Number.isFinite)) requireFinite?.();
  return { variances, variables: { ...vectors, var: () => variances, ...rows } };
}
