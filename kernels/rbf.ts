/** The squared exponential kernel as that of a nonlinearity. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Operand, toExpr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { requireNonNegative } from "./parameters.ts";

/** Width of the kernel. */
export interface RbfOptions {
  /** Inverse squared length scale, gamma = 1/(2ℓ²) ≥ 0; 1 unless given. */
  readonly gamma?: number;
}

/**
 * φ(x) = √2·sin(√(2γ)·x + π/4), whose dual is the squared exponential kernel:
 *
 * E[φ(u)φ(v)] = exp(−γ·(var1 + var2 − 2·cov)) = exp(−γ·E[(u − v)²]),  E[φ′(u)φ′(v)] = 2γ·E[φ(u)φ(v)]
 *
 * (Rahimi & Recht 2007, "Random features for large-scale kernel machines").
 *
 * @param options `gamma` (default 1), 1/(2ℓ²) for a length scale ℓ
 * @throws {TypeError} if `gamma` is not a number, or for an unknown option.
 * @throws {RangeError} if `gamma` is negative, not finite or above 1e9.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Rbf({ gamma: 0.5 }), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / Math.E) > 1e-15) throw new Error("exp(−½·2) must be 1/e");
 * ```
 */
export const Rbf: (options?: RbfOptions) => Network<Nonlinearity<Required<RbfOptions>>> = nonlinearity(
  "Rbf",
  { gamma: 1 },
  ({ gamma }: { gamma: Operand }) => {
    requireNonNegative("Rbf", "gamma", gamma);
    const [fall, double] = [toExpr(gamma).neg(), toExpr(gamma).mul(2)];
    const nngp = ({ distance }: Moments) => distance.mul(fall).exp();
    return {
      fn: (x) => x.mul(double.sqrt()).add(Math.PI / 4).sin().mul(Math.SQRT2),
      nngp,
      dNngp: (m) => nngp(m).mul(double),
      // Both variances are 1, so that the gap is 1 − |k|, and k is positive.
      gaps: ({ distance }) => {
        const below = distance.mul(fall).expm1().neg();
        return { below, distance: below.mul(2), sum: below.mul(-2).add(4) };
      },
    };
  },
  { gamma: "positive" },
);
