/**
 * The kernels of a network over vectors as power series in ρ, the cosine between two inputs: K(x, y) = Σₖ Gₖ(v₁, v₂)·ρᵏ with the mean
 * squares v₁, v₂ of their entries. What a feature map is made of (norm_functions.ts, budget.ts).
 *
 * All Gₖ are kernels themselves: positive semi-definite in (v₁, v₂), by Schoenberg 1942 (Positive definite functions on spheres).
 */
import { array } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import type { Expr, Variable } from "../expr/expr.ts";
import { topological } from "../expr/graph.ts";
import { evaluateSeries, Series } from "../expr/series.ts";
import type { Table, TableValues } from "../expr/table.ts";
import { type Compiled, compileNetwork } from "../network/compile.ts";
import { usualAxes } from "../network/axes.ts";
import { prepare } from "../network/inputs.ts";
import type { Layer } from "../network/layer.ts";
import { checkRows, evaluateRows, RefusedRow } from "../rows/rows.ts";
import { finished, type Steps } from "../steps.ts";

/** The two kernels of a network. */
export type KernelName = "nngp" | "ntk";

/** One value for each kernel. */
export type ByKernel<T> = Readonly<Record<KernelName, T>>;

/** A network of vectors, expanded. */
export class KernelSeries {
  readonly #compiled: Compiled;
  readonly #roots: readonly [nngp: Expr, ntk: Expr];
  readonly #coefficients = new Map<Table, Map<number, Float64Array>>();
  /** The tables of rows of x1 */
  readonly #tables: readonly Expr[];

  private constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#roots = [compiled.output.nngp, compiled.output.ntk];
    const isRow1 = (node: Expr) =>
      topological([node]).every(({ payload }) => (payload as Variable | null)?.scope !== "row2");
    this.#tables = topological(this.#roots).filter((node) => node.kind === "table" && isRow1(node));
  }

  /** The series of a network for inputs of `width` entries. */
  static async of(layer: Layer, width: number, signal?: AbortSignal): Promise<KernelSeries> {
    const sample = array(new Float64Array(width).fill(1), [1, width]);
    const options = { dtype: "float64", axes: usualAxes, pattern: null, maskConstant: null } as const;
    const input = finished(prepare(sample, null, options));
    const compiled = await compileNetwork(layer, input, ["nngp", "ntk"], "full", signal);
    const { output, variables } = compiled;
    if (output.batch.kind !== "all" || Object.keys(variables).length > 0) {
      throw new UnsupportedError(
        "Cannot map features as every output must depend on one input alone: current value is a network that " +
          "mixes or selects examples, use its kernelFn",
      );
    }
    return new KernelSeries(compiled);
  }

  /** Computes the tables of all layers for these mean squares at once, which takes little longer than for one of them. */
  *prepare(variances: Float64Array): Steps<void> {
    if (this.#tables.length === 0) return;
    const args = this.#tables.map(({ args: [variance] }) => variance);
    const columns = yield* evaluateRows([...args, ...this.#tables], inputsOf(variances), variances.length);
    this.#tables.forEach((node, t) => {
      const { coefficients, width } = columns.get(node) as TableValues;
      (columns.get(args[t]) as Float64Array).forEach((variance, i) => {
        this.#known(node.payload as Table).set(variance, coefficients.subarray(i * width, (i + 1) * width));
      });
    });
  }

  /** G₀ … of the first `terms` powers, for inputs of mean squares v₁ and v₂. */
  coefficients(v1: number, v2: number, terms: number): ByKernel<Float64Array> {
    const cov = new Float64Array(terms);
    cov[1] = Math.sqrt(v1 * v2);
    return this.#values(v1, v2, new Series(cov), terms);
  }

  /** K at ρ = 1 or −1. */
  end(v1: number, v2: number, rho: 1 | -1): ByKernel<number> {
    const { nngp, ntk } = this.#values(v1, v2, Series.of(rho * Math.sqrt(v1 * v2)), 1);
    return { nngp: nngp[0], ntk: ntk[0] };
  }

  #values(v1: number, v2: number, cov: Series, terms: number): ByKernel<Float64Array> {
    const [first, second] = evaluateSeries(this.#roots, {
      variable: ({ name, scope }) => {
        if (name === "cov") return cov;
        if (name === "var") return Series.of(scope === "row1" ? v1 : v2);
        // `id` and `index`: two inputs are different, and none is on the diagonal of a batch.
        return Series.of(scope === "row1" ? 0 : 1);
      },
      table: (table, variance) => this.#table(table, variance),
    });
    const whole = ({ c }: Series) => {
      const values = new Float64Array(terms);
      values.set(c);
      return values;
    };
    return { nngp: whole(first), ntk: whole(second) };
  }

  /** The Hermite coefficients of a table at a variance, which many pairs of variances ask for. */
  #table(table: Table, variance: number): Float64Array {
    const known = this.#known(table);
    if (!known.has(variance)) {
      const { coefficients, width } = finished(table.compute(Float64Array.of(variance)));
      known.set(variance, coefficients.subarray(0, width));
    }
    return known.get(variance)!;
  }

  #known(table: Table): Map<number, Float64Array> {
    if (!this.#coefficients.has(table)) this.#coefficients.set(table, new Map());
    return this.#coefficients.get(table)!;
  }

  /** Refuses rows whose variances a layer is not for, as `kernelFn` does. */
  *requireVariances(variances: Float64Array): Steps<void> {
    const { program: { output } } = this.#compiled;
    const roots = output.checks.map(({ variance }) => variance);
    checkRows(output, yield* evaluateRows(roots, inputsOf(variances), variances.length), "float64");
  }

  /** Those of some mean squares that all layers are for. */
  *allowed(variances: readonly number[]): Steps<number[]> {
    const allowed: number[] = [];
    for (const variance of variances) {
      try {
        yield* this.requireVariances(Float64Array.of(variance));
        allowed.push(variance);
      } catch (error) {
        if (!(error instanceof RefusedRow)) throw error;
      }
    }
    return allowed;
  }
}

/** What rows of these mean squares bring along. */
function inputsOf(variances: Float64Array) {
  const index = variances.map((_, i) => i);
  return { var: () => variances, id: () => index, index: () => index };
}
