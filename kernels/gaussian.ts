/** The Gaussian bell as a nonlinearity. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Expr, type Operand, toExpr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { roomForProducts } from "../lib/room.ts";
import { numberOf } from "../lib/expr/parameter.ts";
import { requireScale } from "./parameters.ts";

/** Scales of a bell. */
export interface GaussianOptions {
  /** Output scale; 1 unless given. */
  readonly a?: number;
  /** Curvature: negative for a bell, positive for a function that grows; −1 unless given. */
  readonly b?: number;
}

/**
 * The bell φ(x) = a·exp(b·x²), with Q = 1 − 2b·(var1 + var2) + 4b²·det:
 *
 * E[φ(u)φ(v)] = a²/√Q,  E[φ′(u)φ′(v)] = 4a²b²·cov/Q^(3/2)  (the determinant of I − 2bΣ, by completing the square).
 *
 * With b > 0 the expectation diverges where Q ≤ 0, as for a point with itself from the variance 1/(4b) on: it is infinite there, and
 * rows of a variance of 1/(2b) or more are refused when a kernel is computed.
 *
 * @param options `a` (default 1), `b` (−1)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 2, var1: 2, var2: 2 };
 * const { nngp } = await dual.dualActivation(stax.Gaussian(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 3) > 1e-15) throw new Error("1/√(1 + 2·(2 + 2)) must be ⅓");
 * ```
 */
export const Gaussian: (options?: GaussianOptions) => Network<Nonlinearity<Required<GaussianOptions>>> =
  nonlinearity(
    "Gaussian",
    { a: 1, b: -1 },
    ({ a, b }: Record<"a" | "b", Operand>) => {
      requireScale("Gaussian", { a, b });
      const double = toExpr(b).mul(2);
      const square = toExpr(a).square();
      const growth = numberOf(b);
      const q = ({ var1, var2, det }: Moments): Expr =>
        var1.mul(double.neg()).add(var2.mul(double.neg())).add(det.mul(double.square())).add(1);
      const root = (m: Moments) => q(m).sqrt().reciprocal();
      return {
        fn: (x) => x.square().mul(b).exp().mul(a),
        nngp: (m) => root(m).mul(square),
        // Factor by factor: Q^(3/2) overflows float32 for variances that Q itself does not.
        dNngp: (m) => m.cov.mul(root(m)).mul(root(m)).mul(root(m)).mul(square.mul(double.square())),
        room: roomForProducts(Math.max(1, 2 * Math.abs(growth))),
        // From here on E[φ(u)] itself diverges.
        ...growth > 0 &&
          { maxVariance: { value: 1 / (2 * growth), reason: `the mean of exp(${growth}·x²) diverges` } },
      };
    },
    { a: "real", b: "real" },
  );
