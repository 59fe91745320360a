/** Runs the dual of an activation for a list of moments, through the same programs and backends as networks. */
import { allocate, type Values } from "../array/dtype.ts";
import { type Expr, type Variable, variable } from "../expr/expr.ts";
import { substituteSteps, topologicalSteps } from "../expr/graph.ts";
import { Ledger, type TableValues } from "../expr/table.ts";
import { momentsOf } from "../moments.ts";
import { compileSteps, type Entrywise, featureIndex } from "../program/entrywise.ts";
import { type Program, vectorProgram } from "../program/program.ts";
import type { Backend } from "../backends/backend.ts";
import { answering, type Progress } from "../pause.ts";
import { type Column, evaluateRows } from "../rows/rows.ts";
import type { Steps } from "../steps.ts";
import type { Layer } from "../network/layer.ts";
import { warnOfMissedTolerance } from "../network/missed_tolerance.ts";
import { activationOf } from "../network/nonlinearity.ts";
import { covariancesOf, givenKernel } from "../network/kernel_expr.ts";
import { type Activation, dualSteps } from "../network/activation.ts";
import { givenGaps } from "./given_gaps.ts";
import type { MomentColumns } from "./moments.ts";
import { nngpOf } from "./gram_kernel.ts";
import type { DualOptions } from "./options.ts";
import { backendFor, runOn } from "./run.ts";

/** What `pairwise` computes: one value a triple of moments. */
export interface Pairwise {
  readonly nngp: Values;
  readonly dNngp: Values;
  /** What the coefficient tables reached */
  readonly numericalErrors: { readonly nngp: number; readonly ntk: number };
}

/** Triples that are computed together: their columns stay in the processor's cache, and memory does not grow with their number. */
const BLOCK = 2 ** 16;

/** The dual at each of n triples. */
export async function pairwise(
  layer: Layer,
  moments: MomentColumns,
  o: Required<DualOptions>,
): Promise<Pairwise> {
  const n = moments.cov.length;
  const program = await answering(dualProgram(activationOf(layer)), o);
  const one = vectorProgram(await answering(onOneRow(program), o));
  const backend = await backendFor(one, n, o);
  const ledger = new Ledger(o.dtype);
  const nngp = allocate(n, o.dtype);
  const dNngp = allocate(n, o.dtype);
  for (let start = 0; start < n; start += BLOCK) {
    const [cov, var1, var2] = [moments.cov, moments.var1, moments.var2].map((moment) =>
      new arrays[o.dtype](moment.subarray(start, start + BLOCK))
    );
    const onProgress = ({ done }: Progress) => o.onProgress({ done: start + done, total: n });
    const dual = await blockOf({ program, one, backend, ledger }, { cov, var1, var2 }, { ...o, onProgress });
    nngp.set(dual.nngp, start);
    dNngp.set(dual.dNngp, start);
  }
  warnOfMissedTolerance([layer], ledger);
  const tables = activationOf(layer).numerical?.();
  const error = (dual: "nngp" | "dNngp") => tables && ledger.table(tables[dual])?.error || 0;
  return { nngp, dNngp, numericalErrors: { nngp: error("nngp"), ntk: error("dNngp") } };
}

/**
 * The dual at n triples. Backends compute matrices of pairs, so the triples are n rows against one: the features of var2 become
 * further features of the row of var1, and coefficients those of var1 times those of var2, beside ones. Both come from one column,
 * so that coefficient tables have one width.
 */
async function blockOf(
  { program, one, backend, ledger }: {
    /** With the features of a row */
    readonly program: Entrywise;
    /** With all of them on the row of x1 */
    readonly one: Program;
    readonly backend: Backend;
    readonly ledger: Ledger;
  },
  { cov, var1, var2 }: Readonly<Record<"cov" | "var1" | "var2", Values>>,
  o: Required<DualOptions>,
): Promise<Record<string, Values>> {
  const n = cov.length;
  const variances = new Float64Array(2 * n + 1);
  variances.set(var1);
  variances.set(var2, n);
  // The one row of the second batch, which no map reads.
  variances[2 * n] = var2[n - 1];
  const rows = evaluateRows(program.features, { var: () => variances }, variances.length, { ledger });
  const columns = [...(await answering(rows, o)).values()];
  return await runOn(backend, {
    program: one,
    source: { kind: "given", layout: "diagonal", cov, ntk: null, own: variances },
    n1: n,
    n2: 1,
    symmetric: false,
    features: await answering(featuresOf(columns, n), o),
  }, o);
}

/** Products of coefficients that are formed in a step, about a millisecond. */
const STEP_FACTORS = 2 ** 20;

const arrays = { float64: Float64Array, float32: Float32Array };

/** The features of the n rows: those of var1, then those of var2. */
function* featuresOf(columns: readonly Column[], n: number): Steps<Column[]> {
  const features: Column[] = [];
  for (const start of [0, n]) {
    for (const column of columns) {
      features.push(
        column instanceof Float64Array ? column.slice(start, start + n + 1) : yield* products(column, n),
      );
      yield;
    }
  }
  return features;
}

/** E[φφ] and E[φ′φ′] of a pair, as for any network of one layer. */
function* dualProgram(activation: Activation): Steps<Entrywise> {
  const given = givenKernel({ width: 1, symmetric: false, isGaussian: true, isInput: false });
  const start = { ...given, gaps: givenGaps(covariancesOf(given)) };
  const moments = momentsOf(start.nngp, start.var1, start.var2, start.same, start.gaps);
  const nngp = yield* nngpOf(activation, start);
  const dNngp = yield* dualSteps(activation, "dNngp", moments);
  return yield* compileSteps({ nngp, dNngp }, {}, []);
}

/** The program whose feature F + k of x1's row is feature k of x2's row here, of F features; tables stay, as sums meet two rows. */
function* onOneRow(program: Entrywise): Steps<Entrywise> {
  const { map, features } = program;
  const names = Object.keys(map);
  const leaves = (yield* topologicalSteps(Object.values(map))).filter((leaf) =>
    (leaf.payload as Variable)?.scope === "row2" && features[featureIndex(leaf)!].kind !== "table"
  );
  const moved = leaves.map((leaf) =>
    [leaf, variable(`f${features.length + featureIndex(leaf)!}`, "row1")] as const
  );
  const roots = yield* substituteSteps(Object.values(map), new Map<Expr, Expr>(moved));
  return {
    ...program,
    map: Object.fromEntries(names.map((name, i) => [name, roots[i]])),
    features: [...features, ...features],
  };
}

/** The products of row i and row n + i of a table, for i < n, and a row of ones. */
function* products({ coefficients, width, error }: TableValues, n: number): Steps<TableValues> {
  const size = n * width;
  const factors = new Float64Array(size + width).fill(1);
  for (let start = 0; start < size; start += STEP_FACTORS) {
    const end = Math.min(start + STEP_FACTORS, size);
    for (let i = start; i < end; i++) factors[i] = coefficients[i] * coefficients[size + i];
    yield;
  }
  return { coefficients: factors, width, error };
}
