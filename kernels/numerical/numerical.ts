/** The dual of a nonlinearity that is given only as a function. */
import { differentiate } from "../../lib/expr/differentiate.ts";
import { constant, type Expr, hermiteSum, tableOf } from "../../lib/expr/expr.ts";
import type { Moments } from "../../lib/moments.ts";
import type { Activation, Forward } from "../activation.ts";
import { singularDual } from "./singular_dual.ts";
import { singularities } from "./singular.ts";
import { adaptiveTables, type TablePair } from "./tables.ts";
import { argument, compileFunction, traceForward } from "./trace.ts";

export interface NumericalOptions {
  readonly tolerance?: number;
  readonly deg?: number;
  readonly df?: (x: number) => number;
  readonly kinks?: readonly number[];
}

export function numericalActivation(fn: Forward, { tolerance = 1e-8, df, kinks }: NumericalOptions = {}): Activation {
  const { expr, call: f } = traceForward(fn);
  const slope = df ?? (expr && compileFunction(differentiate(expr, argument)));
  const source = { f, slope, ...singularities(f, kinks ? [...kinks].sort((a, b) => a - b) : undefined) };
  const values = adaptiveTables(source, "nngp", tolerance);
  const slopes = adaptiveTables(source, "dNngp", tolerance);
  const { terms } = source;
  const bends = terms.filter(({ order }) => order > 0);
  const slopeTerms = bends.map((t) => ({ ...t, order: t.order - 1 }));
  return {
    fn: expr && (fn as (x: Expr) => Expr),
    nngp: (m) => series(values, m, terms.length > 0).add(singularDual(terms, m)),
    dNngp: (m) => series(slopes, m, slopeTerms.length > 0).add(singularDual(slopeTerms, m)),
  };
}

/** Σ (aₖaₖ′ − hₖhₖ′) ρᵏ */
function series({ total, singular }: TablePair, { cov, var1, var2 }: Moments, hasSingular: boolean): Expr {
  const scale = var1.eq(var2).select(var1, var1.sqrt().mul(var2.sqrt()));
  const rho = cov.div(scale.gt(0).select(scale, 1)).min(1).max(-1);
  const sum = (table: TablePair["total"]) => hermiteSum(tableOf(table, var1), tableOf(table, var2), rho);
  return hasSingular ? sum(total).sub(sum(singular)) : sum(total).add(constant(0));
}
