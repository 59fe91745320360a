/** Hermite polynomials as nonlinearities. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { constant, type Expr } from "../lib/expr/expr.ts";
import { requireDegree } from "./parameters.ts";

/**
 * The Hermite polynomial of unit norm φ(x) = Heₙ(x)/√n!, for points of variance 1:
 *
 * E[φ(u)φ(v)] = covⁿ,  E[φ′(u)φ′(v)] = n·covⁿ⁻¹  (Daniely et al. 2016, arXiv:1602.05897: they are orthogonal in correlated
 * variables).
 *
 * These formulas are used at other variances too, where they are not the dual of φ, as in the Python library.
 *
 * @param degree n, any integer ≥ 0
 * @throws {TypeError} if `degree` is not a number.
 * @throws {RangeError} if `degree` is not an integer from 0 to 512.
 *
 * @example Degree 3
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0.5, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Hermite(3), moments, { backend: "reference" });
 * if (nngp !== 0.125 || dNngp !== 0.75) throw new Error("0.5³ and 3·0.5²");
 * ```
 */
export const Hermite: (degree: number) => Network<Nonlinearity<{ degree: number }>> = nonlinearity(
  "Hermite",
  { degree: undefined },
  ({ degree }) => {
    requireDegree("Hermite", degree);
    return {
      fn: (x) => normalizedHermite(degree, x),
      nngp: ({ cov }) => cov.pow(degree),
      dNngp: ({ cov }) => degree === 0 ? constant(0) : cov.pow(degree - 1).mul(degree),
      hasSteepSlope: true,
    };
  },
);

/** √(k+1)·h_{k+1} = x·h_k − √k·h_{k−1}, which neither overflows nor cancels as the monomial coefficients do. */
function normalizedHermite(degree: number, x: Expr): Expr {
  let [previous, current]: [Expr, Expr] = [constant(0), constant(1)];
  for (let k = 0; k < degree; k++) {
    const next = x.mul(current).sub(previous.mul(Math.sqrt(k))).mul(1 / Math.sqrt(k + 1));
    [previous, current] = [current, next];
  }
  return current;
}
