/**
 * The kernels of a network over vectors as power series in ρ, the cosine between two inputs: K(x, y) = Σₖ Gₖ(v₁, v₂)·ρᵏ with the mean
 * squares v₁, v₂ of their entries. What a feature map is made of (norm_functions.ts, budget.ts).
 *
 * All Gₖ are kernels themselves: positive semi-definite in (v₁, v₂), by Schoenberg 1942 (Positive definite functions on spheres).
 */
import { array } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import type { Expr } from "../expr/expr.ts";
import { evaluateSeries, Series } from "../expr/series.ts";
import type { Table } from "../expr/table.ts";
import { type Compiled, compileNetwork } from "../network/compile.ts";
import { usualAxes } from "../network/axes.ts";
import { prepare } from "../network/inputs.ts";
import type { Layer } from "../network/layer.ts";
import { rowRoots } from "../program/entrywise.ts";
import { checkRows, evaluateRows } from "../rows/rows.ts";
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

  private constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#roots = [compiled.output.nngp, compiled.output.ntk];
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
    if (!this.#coefficients.has(table)) this.#coefficients.set(table, new Map());
    const known = this.#coefficients.get(table)!;
    if (!known.has(variance)) {
      const { coefficients, width } = finished(table.compute(Float64Array.of(variance)));
      known.set(variance, coefficients.subarray(0, width));
    }
    return known.get(variance)!;
  }

  /** Refuses rows whose variances a layer is not for, as `kernelFn` does. */
  *requireVariances(variances: Float64Array): Steps<void> {
    const { program: { output } } = this.#compiled;
    const index = variances.map((_, i) => i);
    const inputs = { var: () => variances, id: () => index, index: () => index };
    checkRows(output, yield* evaluateRows(rowRoots(output), inputs, variances.length), "float64");
  }
}
