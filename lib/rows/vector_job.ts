/**
 * The row stage of vectors, between a job and the loops of a backend over its pairs: the variances of the rows, what tells equal
 * ones apart, the features that the map reads, and all conditions on them, in float64 on the host.
 */
import type { Values } from "../array/dtype.ts";
import type { Expr } from "../expr/expr.ts";
import { rowCount } from "../pairs.ts";
import { breather } from "../pause.ts";
import type { Job, JobResult, Near, VectorJob } from "../program/job.ts";
import { rowRoots } from "../program/entrywise.ts";
import { inTurns } from "../steps.ts";
import { checkRows, type Column, evaluateRows, type RowInputs } from "./rows.ts";
import { vectorRows } from "./vectors.ts";

type Columns = Map<Expr, Column>;

/**
 * The result of a job of vectors: its rows here, and every pair by `compute`, which gives one matrix (n1 · n2 values, row-major) for every entry of the map.
 */
export async function withRows(
  job: Job,
  compute: (job: VectorJob) => Promise<Record<string, Values>>,
): Promise<JobResult> {
  const { output } = job.program;
  const hasMap = Object.keys(output.map).length > 0;
  const { features, near, own } = job.features
    ? { features: job.features, near: undefined, own: new Float64Array(0) }
    : await rowsOf(job);
  const { source, n1, n2, symmetric, dtype, onProgress, signal } = job;
  const pairs = { program: output, source, n1, n2, symmetric, features, near, dtype, onProgress, signal };
  return { matrices: hasMap ? await compute(pairs) : {}, own };
}

/** The features of the rows, what computes near pairs, and the variances of the output; throws where a condition does not hold. */
async function rowsOf(
  job: Job,
): Promise<Pick<VectorJob, "features" | "near"> & { readonly own: Values }> {
  const { program: { output, vectors }, dtype, signal, ledger } = job;
  const breathe = breather({ signal });
  const { variances, variables } = await variablesOf(job, breathe);
  const evaluate = (roots: readonly Expr[], known?: Columns) =>
    inTurns(evaluateRows(roots, variables, rowCount(job), { known, ledger }), breathe);
  const columns = await evaluate(rowRoots(output));
  checkRows(output, columns, dtype, undefined, ledger);
  const { near, ownNtk } = vectors!;
  if (variances) await ownNtk?.check(dtype, variances, (roots) => evaluate(roots, columns), breathe);
  const own = columns.get(output.rows.cov) as Float64Array | undefined;
  return {
    features: output.features.map((feature) => columns.get(feature)!),
    near: near && variances
      ? nearOf(() => near(signal), variances, (roots) => evaluate(roots, columns))
      : undefined,
    own: own ? dtype === "float32" ? Float32Array.from(own) : own.slice() : new Float64Array(0),
  };
}

/** What computes pairs of inputs that lie close together. */
function nearOf(
  programOf: () => Promise<VectorJob["program"]>,
  variances: Float64Array,
  evaluate: (roots: readonly Expr[]) => Promise<Columns>,
): Near {
  return {
    variances,
    async program() {
      const program = await programOf();
      const columns = await evaluate(program.features);
      return { program, features: program.features.map((feature) => columns.get(feature)!) };
    },
  };
}

/** The row variables, and the variances of inputs. An entry that is not finite is found by the variance of its row. */
async function variablesOf(
  { rowVariables, source, symmetric, requireFinite }: Job,
  breathe: ReturnType<typeof breather>,
): Promise<{ readonly variances: Float64Array | null; readonly variables: RowInputs }> {
  const given: RowInputs = Object.fromEntries(
    Object.entries(rowVariables).map(([name, { values }]) => [name, () => values]),
  );
  if (source.kind === "given") {
    return { variances: null, variables: { ...given, var: () => Float64Array.from(source.own) } };
  }
  const { x1, x2, depth } = source;
  const vectors = vectorRows(symmetric ? [x1] : [x1, x2], depth);
  const variances = await inTurns(vectors.var(), breathe);
  if (!variances.every(Number.isFinite)) requireFinite?.();
  return { variances, variables: { ...vectors, var: () => variances, ...given } };
}
