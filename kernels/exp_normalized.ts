/** The normalised exponential kernel. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Expr, type Operand, toExpr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { requireNonNegative, requireScale } from "./parameters.ts";

/** Shape of a normalised exponential kernel. */
export interface ExpNormalizedOptions {
  /** Factor of the exponent, ≥ 0; 1 unless given. */
  readonly gamma?: number;
  /** Added to the correlation; −1 unless given, which makes the kernel keep variances. */
  readonly shift?: number;
  /** Clip the correlation to [−1, 1] before it is exponentiated; false unless given. */
  readonly doClip?: boolean;
}

/**
 * The normalised exponential kernel, with s = √(var1·var2) and ρ = cov/s:
 *
 * k = s·exp(γ·(ρ + shift)),  ∂k/∂cov = γ·exp(γ·(ρ + shift)); a zero point has k = 0 and ρ = 0
 *
 * (Shankar et al. 2020, arXiv:2003.02237, page 6).
 *
 * It is the dual of no elementwise function, so `applyFn` refuses it.
 *
 * @param options `gamma` (default 1, ≥ 0), `shift` (−1), `doClip` (false)
 * @throws {TypeError} if an option is of the wrong kind or unknown.
 * @throws {RangeError} if `gamma` is negative, or an option is not finite or above 1e9 in size.
 *
 * @example It keeps variances by default
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 7, var1: 7, var2: 7 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.ExpNormalized(), moments, { backend: "reference" });
 * if (nngp !== 7 || dNngp !== 1) throw new Error("7·exp(1 − 1) must be 7");
 * ```
 */
export const ExpNormalized: (
  options?: ExpNormalizedOptions,
) => Network<Nonlinearity<Required<ExpNormalizedOptions>>> = nonlinearity(
  "ExpNormalized",
  { gamma: 1, shift: -1, doClip: false },
  ({ gamma, shift, doClip }: Record<"gamma" | "shift", Operand> & { doClip: boolean }) => {
    requireNonNegative("ExpNormalized", "gamma", gamma);
    requireScale("ExpNormalized", { shift });
    const factor = (m: Moments) => {
      const correlation = correlationOf(m);
      return (doClip ? correlation.max(-1).min(1) : correlation).add(shift).mul(gamma).exp();
    };
    // E[(cos u + sin u)(cos v + sin v)] = E[cos(u − v)], with the other terms odd.
    const wave = (u: Expr, variance: Expr) => {
      const root = variance.sqrt();
      const angle = u.div(variance.gt(0).select(root, 1)).mul(toExpr(gamma).sqrt());
      return angle.cos().add(angle.sin()).mul(root).mul(toExpr(shift).add(1).mul(gamma).div(2).exp());
    };
    return { wave, nngp: (m) => scaleOf(m).mul(factor(m)), dNngp: (m) => factor(m).mul(gamma) };
  },
  { gamma: "positive", shift: "real" },
);

/** √(var1·var2), exactly the variance where both are equal, so that the diagonal has the correlation 1. */
const scaleOf = ({ var1, var2 }: Moments): Expr => var1.eq(var2).select(var1, var1.sqrt().mul(var2.sqrt()));

const correlationOf = (m: Moments): Expr => {
  const scale = scaleOf(m);
  return m.cov.div(scale.gt(0).select(scale, 1));
};
