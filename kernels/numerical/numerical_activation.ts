/** The dual of a nonlinearity that is given only as a function. */
import { differentiate } from "../../lib/expr/differentiate.ts";
import { type Expr, hermiteSum, tableOf } from "../../lib/expr/expr.ts";
import type { Table } from "../../lib/expr/table.ts";
import type { Moments } from "../../lib/moments.ts";
import { finished, type Steps } from "../../lib/steps.ts";
import { type Activation, type Forward, input, plainFunction } from "../../lib/network/activation.ts";
import { gaussHermiteTable } from "./fixed_tables.ts";
import type { Source } from "./octave.ts";
import { checkFinite, checkOptions, type NumericalOptions } from "./options.ts";
import { singularDual } from "./singular_dual.ts";
import { singularities } from "./singular.ts";
import { type Dual, slopesOf } from "./terms.ts";
import { adaptiveTables, type SeriesTables } from "./tables.ts";
import { besidePoles, traceForward } from "./trace.ts";

/**
 * The dual activation of any nonlinearity f: E[f(u)f(v)] = Σₖ aₖ(σ₁) aₖ(σ₂) ρᵏ and E[f′(u)f′(v)] = ∂/∂cov of it, with the
 * coefficients aₖ(σ) = E[f(σz) hₖ(z)] in the normalised Hermite polynomials hₖ, one short vector a point. In steps.
 *
 * The coefficients come from Gauss–Legendre quadrature that follows f and is split at its kinks; their number from the mass
 * that they leave, E[f(σz)²] − Σ aₖ². Jumps and bends of f and of its derivatives up to the fifth, which would make the series
 * slow near |ρ| = 1, are subtracted as Σ c·½ sign(x − t)(x − t)ᵐ/m!, with a Gaussian envelope where that would outgrow f, whose dual
 * is added in closed form (arcsine at 0, Owen's T elsewhere): ReLU, |x|, sign, ReLU6, hard tanh and every other piecewise polynomial are exact to rounding. f′ is meant almost
 * everywhere, so that jumps of f do not count.
 *
 * The error is at most `tolerance` (1e-8) · √(k₁₁k₂₂), with k₁₁, k₂₂ the kernel's own diagonal entries at both variances, as
 * long as 8192 terms suffice: for tanh, GELU, SiLU, softplus and ELU up to variances of about 100. Beyond, the series is closed
 * with what it leaves, so that ρ = ±1 stay exact, and the error of a table says what remains in between: twice the mass of f, or of f′,
 * that the coefficients leave, what quadrature could not resolve, and the rounding of closed forms that cancel. For f′ of steep f
 * that may be all of it. At most 8 kinks, those nearest to 0, are subtracted; at 0 variance f′ is the mean of both one-sided
 * slopes. What is narrower than the scan for kinks (|x|/700) is not seen.
 *
 * Source: Han et al. 2022 (arXiv:2209.04121); Owen 1956 for the closed form of two thresholds.
 *
 * @param fn f as an expression, `(x) => x.tanh()`, or as an ordinary function of a number, finite everywhere and with
 *   finite E[f(u)²].
 * @param options `tolerance`, in (0, 1). `deg`: exactly so many Gauss–Hermite points and terms instead (1 to 200), whatever
 *   error that leaves. `df`: the derivative; the slopes' coefficients with `deg`, else the mass that they are compared with.
 *   `kinks`: where f or a derivative of it jumps, if they should not be searched for (in |x| < 1100).
 * @throws {TypeError} If `fn` or `df` is not a function, or `fn` does not give numbers.
 * @throws {RangeError} If an option is out of range, or f is not finite near 0; when a kernel is computed, if f is not finite
 *   where u has its mass or E[f(u)²] is infinite.
 *
 * @example The arc-cosine kernel from Math.max
 * ```ts
 * import { numericalSteps } from "./numerical_activation.ts";
 * import { diagonalMoments } from "../../lib/moments.ts";
 * import { constant } from "../../lib/expr/expr.ts";
 * import { evaluate } from "../../lib/expr/evaluate.ts";
 * import { finished } from "../../lib/steps.ts";
 * const relu = finished(numericalSteps((x: number) => Math.max(x, 0)));
 * const variance = evaluate(relu.nngp(diagonalMoments(constant(3))));
 * if (Math.abs(variance - 1.5) > 1e-14) throw new Error("E[max(u, 0)²] must be half the variance");
 * ```
 */
export function* numericalSteps(fn: Forward, options: NumericalOptions = {}): Steps<Activation> {
  checkOptions(options);
  const { tolerance = 1e-8, deg, df, kinks } = options;
  const { expr, call } = traceForward(fn);
  checkFinite(call);
  const f = besidePoles(call);
  const slope = df ?? (expr && plainFunction(differentiate(expr, input)));
  const source: Source = { f, slope, ...yield* singularities(f, kinks) };
  const tables = (dual: Dual): SeriesTables =>
    deg === undefined
      ? adaptiveTables(source, dual, tolerance)
      : { total: gaussHermiteTable({ ...source, slope: df }, dual, deg) };
  const [values, slopes] = [tables("nngp"), tables("dNngp")];
  const bends = slopesOf(source.bends);
  const inSteps = {
    *nngp(m: Moments): Steps<Expr> {
      return series(values, m).add(values.singular ? yield* singularDual(source.terms, m) : 0);
    },
    *dNngp(m: Moments): Steps<Expr> {
      return series(slopes, m).add(slopes.singular ? yield* singularDual(bends, m) : 0);
    },
  };
  return {
    fn: expr && (fn as (x: Expr) => Expr),
    nngp: (m) => finished(inSteps.nngp(m)),
    dNngp: (m) => finished(inSteps.dNngp(m)),
    inSteps,
    numerical: () => ({ nngp: values.total, dNngp: slopes.total }),
  };
}

/** Σ (aₖaₖ′ − hₖhₖ′) ρᵏ */
function series({ total, singular }: SeriesTables, { cov, var1, var2 }: Moments): Expr {
  // Equal variances take their root from var1, so that ρ is exactly 1 for equal points.
  const scale = var1.eq(var2).select(var1, var1.sqrt().mul(var2.sqrt()));
  const rho = cov.div(scale.gt(0).select(scale, 1)).min(1).max(-1);
  const sum = (table: Table) => hermiteSum(tableOf(table, var1), tableOf(table, var2), rho);
  return singular ? sum(total).sub(sum(singular)) : sum(total);
}
