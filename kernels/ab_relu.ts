/** Piecewise linear functions with their kink at 0: ReLU and its relatives. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import type { ActivationParts } from "../lib/network/activation.ts";
import { constant, type Expr, type Operand, pi, toExpr } from "../lib/expr/expr.ts";
import type { Gaps } from "../lib/gaps.ts";
import type { Moments } from "../lib/moments.ts";
import { requireScale } from "./parameters.ts";

/** The option of the rectifiers. */
export interface Stabilize {
  /**
   * Accepted for compatibility; default false. The kernels of rectifiers never form products of variances here, so very deep
   * networks neither overflow nor underflow before their own values do, with or without it.
   */
  readonly doStabilize?: boolean;
}

/**
 * The two-sided rectifier φ(x) = a·min(x, 0) + b·max(x, 0), with g = (a − b)²/2π and m = (a² + b²)/2:
 *
 * E[φ(u)φ(v)] = g·√det + (m − g·angle)·cov,  E[φ′(u)φ′(v)] = m − g·angle
 *
 * (Cho & Saul 2009, eq. 6; Tsuchida et al. 2018, arXiv:1711.09090, for two slopes).
 *
 * @param a slope for x < 0
 * @param b slope for x > 0
 * @throws {TypeError} if a slope is not a number, or for an unknown option.
 * @throws {RangeError} if a slope is not finite or above 1e9 in size.
 *
 * @example The absolute value keeps variances
 * ```ts
 * import * as stax from "../lib/stax/mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(1), stax.ABRelu(-1, 1));
 * const nngp = await kernelFn([[2]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 4) throw new Error("E|u|² must be the variance");
 * ```
 */
export const ABRelu: (
  a: number,
  b: number,
  options?: Stabilize,
) => Network<Nonlinearity<{ a: number; b: number }>> = nonlinearity(
  "ABRelu",
  { a: undefined, b: undefined, doStabilize: false },
  ({ a, b }: Record<"a" | "b", Operand>) => {
    requireScale("ABRelu", { a, b });
    return rectifier(a, b);
  },
  { a: "real", b: "real" },
);

/**
 * The rectifier φ(x) = max(x, 0), whose dual is the arc-cosine kernel of order 1, halved:
 *
 * E[φ(u)φ(v)] = (√det + (π − angle)·cov)/2π,  E[φ′(u)φ′(v)] = (π − angle)/2π  (Cho & Saul 2009, eq. 6).
 *
 * @throws {TypeError} for an unknown option, or a `doStabilize` that is neither true nor false.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Relu(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / (2 * Math.PI)) > 1e-15 || dNngp !== 0.25) throw new Error("1/2π and ¼");
 * ```
 */
export const Relu: (options?: Stabilize) => Network<Nonlinearity> = nonlinearity(
  "Relu",
  { doStabilize: false },
  () => rectifier(0, 1),
);

/**
 * The leaky rectifier φ(x) = α·min(x, 0) + max(x, 0): `ABRelu(alpha, 1)` (Tsuchida et al. 2018, arXiv:1711.09090).
 *
 * @param alpha slope for x < 0
 * @throws {TypeError} if `alpha` is not a number, or for an unknown option.
 * @throws {RangeError} if `alpha` is not finite or above 1e9 in size.
 *
 * @example The mean square
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 8, var1: 8, var2: 8 };
 * const { nngp } = await dual.dualActivation(stax.LeakyRelu(0.5), moments, { backend: "reference" });
 * if (nngp !== 5) throw new Error("(¼ + 1)/2 · 8 must be 5");
 * ```
 */
export const LeakyRelu: (
  alpha: number,
  options?: Stabilize,
) => Network<Nonlinearity<{ alpha: number }>> = nonlinearity(
  "LeakyRelu",
  { alpha: undefined, doStabilize: false },
  ({ alpha }: { alpha: Operand }) => {
    requireScale("LeakyRelu", { alpha });
    return rectifier(alpha, 1);
  },
  { alpha: "real" },
);

/**
 * The absolute value φ(x) = |x|: `ABRelu(-1, 1)`,
 *
 * E[φ(u)φ(v)] = (2/π)·√det + (1 − (2/π)·angle)·cov,  E[φ′(u)φ′(v)] = 1 − (2/π)·angle  (Cho & Saul 2009).
 *
 * @throws {TypeError} for an unknown option, or a `doStabilize` that is neither true nor false.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Abs(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 2 / Math.PI) > 1e-15) throw new Error("(E|u|)² must be 2/π");
 * ```
 */
export const Abs: (options?: Stabilize) => Network<Nonlinearity> = nonlinearity(
  "Abs",
  { doStabilize: false },
  () => rectifier(-1, 1),
);

/** The mathematics of `ABRelu(a, b)`. */
function rectifier(a: Operand, b: Operand): ActivationParts {
  const mean = meanOf(a, b);
  const gap = gapOf(a, b);
  // Closed form: differentiating nngp would subtract two terms of size 1/√det.
  const dNngp = ({ angle }: Moments) => angle.mul(gap.neg()).add(mean);
  const nngp = (m: Moments) => m.rootDet.mul(gap).add(dNngp(m).mul(m.cov));
  return {
    fn: (x) => x.min(0).mul(a).add(x.max(0).mul(b)),
    nngp,
    dNngp,
    gaps: (m, below) => gapsAfter(a, b, m, below, nngp(m)),
    dependsOnAngles: true,
  };
}

/** (a² + b²)/2 */
const meanOf = (a: Operand, b: Operand): Expr => toExpr(a).square().add(toExpr(b).square()).div(2);

/** (a − b)²/2π, exactly enough that opposite points have ab·cov to twice the digits. */
const gapOf = (a: Operand, b: Operand): Expr => toExpr(a).sub(b).square().div(pi.mul(2));

/**
 * With ψ the acute one of the angle and its supplement, and h = √det − ψ|cov| = √(var1·var2)(sin ψ − ψ cos ψ) ≥ 0, the kernel of
 * points with cov ≥ 0 is m·cov + g·h − …, so that √(k₁₁k₂₂) − k = m·below − g·h and k₁₁ + k₂₂ − 2k = m·apart − 2g·h; for
 * |a| = |b| whatever the sign of cov. h has the order of ψ³, so that nothing cancels for small angles.
 */
function gapsAfter(a: Operand, b: Operand, m: Moments, below: Expr, k: Expr): Gaps {
  const mean = meanOf(a, b);
  const gap = gapOf(a, b);
  // What is differentiated in a slope does not stay even.
  const isEven = typeof a === "number" && typeof b === "number" && Math.abs(a) === Math.abs(b);
  const opposite = m.cov.lt(0);
  // The angle is the acute one wherever its crescent is needed, except for |x|.
  const h = crescent(m, isEven && a !== b ? m.rootDet.atan2(m.cov.abs()) : m.angle);
  const [var1, var2] = [m.var1.mul(mean), m.var2.mul(mean)];
  // Points that are opposite are so no longer, unless the function is linear or |x|.
  const kept = (near: Expr, otherwise: Expr) => isEven ? near : opposite.select(otherwise, near);
  const near = m.apart.mul(mean).sub(h.mul(gap.mul(2)));
  const far = [-2, 2].map((sign) => var1.add(var2).add(k.mul(sign)));
  const negative = isEven && a === b ? opposite : constant(0);
  return {
    below: kept(below.mul(mean).sub(h.mul(gap)), var1.sqrt().mul(var2.sqrt()).sub(k.abs())).max(0),
    distance: negative.select(far[0], kept(near, far[0])).max(0),
    sum: negative.select(near, far[1]).max(0),
  };
}

/** From here on √det − ψ|cov| is exact; below it is summed from its series. */
const SMALL_ANGLE = 0.5;

/** √det − ψ|cov| = √(var1·var2) · ψ³/3 · (1 − ψ²/10 + ψ⁴/280 − ψ⁶/15120 + …) for an acute angle ψ. */
function crescent({ cov, var1, var2, rootDet }: Moments, psi: Expr): Expr {
  const x = psi.square();
  const series = [1 / 1330560, -1 / 15120, 1 / 280, -1 / 10, 1]
    .reduce((sum, term) => sum.mul(x).add(term), constant(0));
  const small = var1.sqrt().mul(var2.sqrt()).mul(psi).mul(x).mul(1 / 3).mul(series);
  return psi.lt(SMALL_ANGLE).select(small, rootDet.sub(psi.mul(cov.abs())));
}
