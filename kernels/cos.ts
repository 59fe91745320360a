/** The cosine as a nonlinearity. */
import type { AffineOptions } from "./affine.ts";
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Operand, toExpr } from "../lib/expr/expr.ts";
import { harmonicDual } from "./harmonic.ts";
import { requireScale } from "./parameters.ts";

/**
 * The cosine φ(x) = a·cos(b·x + c), with s = (var1 + var2)/2:
 *
 * E[φ(u)φ(v)] = a²/2·(exp(−b²(s − cov)) + cos 2c·exp(−b²(s + cov))), and E[φ′(u)φ′(v)] has b² times that with a minus
 *
 * (Louart et al. 2018, arXiv:1702.05419, table 1).
 *
 * @param options `a` (default 1), `b` (1, radians a unit of x), `c` (0 radians)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: Math.LN2 / 2, var1: Math.LN2 / 2, var2: Math.LN2 / 2 };
 * const { nngp } = await dual.dualActivation(stax.Cos(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 3 / 4) > 1e-15) throw new Error("(1 + exp(−log 2))/2 must be ¾");
 * ```
 */
export const Cos: (options?: AffineOptions) => Network<Nonlinearity<Required<AffineOptions>>> = nonlinearity(
  "Cos",
  { a: 1, b: 1, c: 0 },
  ({ a, b, c }: Record<"a" | "b" | "c", Operand>) => {
    requireScale("Cos", { a, b, c });
    return {
      fn: (x) => x.mul(b).add(c).cos().mul(a),
      ...harmonicDual({
        odd: toExpr(a).mul(toExpr(c).sin()).neg(),
        even: toExpr(a).mul(toExpr(c).cos()),
        b: toExpr(b),
      }),
    };
  },
  { a: "real", b: "real", c: "real" },
);
