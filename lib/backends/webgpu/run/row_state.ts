/**
 * What is known of every row with positions alone: its variances at every node, its matrices of mixing nodes, and so its features.
 *
 * The passes put in what the device found (run/diagonal_pass.ts); out come the features of each map (run/device_rows.ts). Matrices
 * are dense, row by row, as shaders/mix.wgsl reads them: they come with the job (aggregation over a graph), or follow from an
 * input's own covariance (attention), which the device computes.
 */
import { featureOrder } from "../../feature_order.ts";
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { Expr, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { rowCount } from "../../../pairs.ts";
import type { Entrywise } from "../../../program/entrywise.ts";
import type { Job } from "../../../program/job.ts";
import { checkPositions, featuresOf, type Rows } from "../../../rows/images.ts";
import type { Column } from "../../../rows/rows.ts";
import type { SparseMatrix } from "../../../spatial/axis.ts";
import { assertDistinct } from "../device/representable.ts";
import { layoutOf, packFeatures, type PackOptions } from "../plan/features.ts";
import type { FeaturePlace } from "./dispatch.ts";

/** Consecutive rows, counted through x1 and then x2. */
export interface Strip {
  readonly first: number;
  readonly count: number;
}

/** An entrywise map, which reads features at so many positions. */
export interface Stage {
  readonly program: Entrywise;
  readonly positions: number;
}

/** The features of a program for some rows, row by row. */
export interface Packed extends Omit<FeaturePlace, "start"> {
  readonly values: Values;
}

/**
 * The rows of a job; values are in its precision. Filled strip by strip in the pass over the diagonal, in the order of the nodes,
 * since the features of a node follow from the variances of those before it; then read by blocks of pairs in any order.
 */
export class RowState {
  readonly count: number;
  readonly #variances = new Map<number, Values>();
  readonly #matrices = new Map<number, Values>();

  constructor(readonly job: Job) {
    this.count = rowCount(job);
  }

  /** Keeps the variances of rows at node `id`, and refuses rows that violate a check on them. */
  async setVariances(id: number, strip: Strip, values: Values): Promise<void> {
    this.#keep(this.#variances, id, strip, values);
    const checks = this.job.program.checks[id];
    const rows = this.#rows(strip, checks.map(({ variance }) => variance));
    await checkPositions(checks, values.length / strip.count, rows, this.job);
  }

  /** Keeps the matrices of rows of node `id`. */
  setMatrices(id: number, strip: Strip, values: Values): void {
    this.#keep(this.#matrices, id, strip, values);
  }

  /** The matrices of rows of node `id`. */
  matrices(id: number, { first, count }: Strip): Values {
    const values = this.#matrices.get(id)!;
    const size = values.length / this.count;
    return values.subarray(first * size, (first + count) * size);
  }

  /** The features of a stage for some rows, and the variances that its map gives, if it is a node's. */
  async features(
    { program, positions }: Stage,
    strip: Strip,
  ): Promise<{ packed: Packed; mapped: Column | undefined }> {
    // The map gives a variance as the output `cov` of a row; it is one more column behind the features.
    const roots = [...program.features, ...Object.values(program.rows)];
    const rows = this.#rows(strip, roots);
    const columns = await featuresOf({ ...program, features: roots }, positions, rows, this.job);
    const features = columns.slice(0, program.features.length);
    assertDistinct(program, features, this.job.dtype);
    return {
      packed: packed(program, features, { count: strip.count, positions, dtype: this.job.dtype }),
      mapped: columns[features.length],
    };
  }

  /** Keeps what is known of some rows among that of all. */
  #keep(all: Map<number, Values>, id: number, { first, count }: Strip, values: Values): void {
    const size = values.length / count;
    if (!all.has(id)) all.set(id, allocate(this.count * size, this.job.dtype));
    all.get(id)!.set(values, first * size);
  }

  /** The rows with the variances that `roots` read. */
  #rows({ first, count }: Strip, roots: readonly Expr[]): Rows {
    const leaves = topological(roots).filter(({ kind }) => kind === "variable");
    const names = new Set(leaves.map(({ payload }) => (payload as Variable).name));
    const read = [...this.#variances].filter(([id]) => names.has(`var${id}`));
    const variances = read.map(([id, values]) => {
      const size = values.length / this.count;
      return [id, Float64Array.from(values.subarray(first * size, (first + count) * size))] as const;
    });
    return { first, count, variances: new Map(variances) };
  }
}

/** Row by row, without padding: how wide tables are is told with each dispatch. */
function packed(
  program: Entrywise,
  features: readonly Column[],
  options: Pick<PackOptions, "count" | "positions" | "dtype">,
): Packed {
  const layout = layoutOf(features, 1);
  return {
    values: packFeatures(features, layout, { ...options, first: 0, by: "rows" }),
    stride: layout.columns * options.positions,
    tables: featureOrder(program).tables.map((f) => [layout.offsets[f], layout.widths[f]] as const),
  };
}

/** Those that came with the job, of some rows. */
export function denseMatrices(
  matrices: readonly SparseMatrix[],
  { first, count }: Strip,
  dtype: DType,
): Values {
  const size = matrices[first].length;
  const out = allocate(count * size ** 2, dtype);
  for (let row = 0; row < count; row++) {
    for (const [P, { at, weights }] of matrices[first + row].entries()) {
      at.forEach((p, k) => out[(row * size + P) * size + p] += weights[k]);
    }
  }
  return out;
}

/** Attention from its weights, which are kept as covariances are: w(P, p) at ((p − P) mod size)·size + P. */
export function attentionMatrices(weights: Values, size: number, softmax: boolean): Values {
  const out = weights.slice();
  for (let row = 0; row < weights.length; row += size ** 2) {
    for (let P = 0; P < size; P++) {
      for (let p = 0; p < size; p++) {
        out[row + P * size + p] = weights[row + (p - P + (p < P ? size : 0)) * size + P];
      }
      if (softmax) normalise(out.subarray(row + P * size, row + (P + 1) * size));
    }
  }
  return out;
}

/** eˣ / Σ eˣ, with the largest x subtracted first so that nothing overflows. */
function normalise(x: Values): void {
  const values = Float64Array.from(x);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  x.set(powers.map((power) => power / sum));
}
