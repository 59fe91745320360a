/** The exponential function as a nonlinearity. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Operand, toExpr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { requireScale } from "./parameters.ts";

/** Scales of an exponential function. */
export interface ExpOptions {
  /** Output scale; 1 unless given. */
  readonly a?: number;
  /** Input scale; 1 unless given. */
  readonly b?: number;
}

/**
 * The exponential function φ(x) = a·exp(b·x):
 *
 * E[φ(u)φ(v)] = a²·exp(b²·(var1 + var2 + 2·cov)/2),  E[φ′(u)φ′(v)] = b²·E[φ(u)φ(v)]  (the mean of a log-normal variable).
 *
 * The relative error is that of the exponent times the exponent: k has the condition number b²·(var1 + var2 + 2·cov)/2.
 *
 * @param options `a` (default 1), `b` (1)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Exp({ a: 2 }), moments, { backend: "reference" });
 * if (Math.abs(nngp - 4 * Math.E) > 1e-14) throw new Error("2²·exp((1 + 1)/2) must be 4e");
 * ```
 */
export const Exp: (options?: ExpOptions) => Network<Nonlinearity<Required<ExpOptions>>> = nonlinearity(
  "Exp",
  { a: 1, b: 1 },
  ({ a, b }: Record<"a" | "b", Operand>) => {
    requireScale("Exp", { a, b });
    // The square of the root overflows only where the value does, whatever a is.
    const quarter = toExpr(b).square().div(4);
    const root = ({ cov, var1, var2 }: Moments) => var1.add(cov).add(var2.add(cov)).mul(quarter).exp();
    return {
      fn: (x) => x.mul(b).exp().mul(a),
      nngp: (m) => root(m).mul(a).square(),
      dNngp: (m) => root(m).mul(toExpr(a).mul(b)).square(),
      hasSteepSlope: true,
    };
  },
  { a: "real", b: "real" },
);
