/** The error function as a nonlinearity. */
import type { AffineOptions } from "./affine.ts";
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { constant, type Expr, type Operand, pi, toExpr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { roomForProducts } from "../lib/room.ts";
import { numberOf } from "../lib/expr/parameter.ts";
import { requireScale } from "./parameters.ts";

/**
 * The error function φ(x) = a·erf(b·x) + c, with R = √(1 + 2b²(var1 + var2) + 4b⁴·det):
 *
 * E[φ(u)φ(v)] = (2a²/π)·arctan(2b²·cov/R) + c²,  E[φ′(u)φ′(v)] = 4a²b²/(π·R)  (Williams 1997, "Computing with infinite networks").
 *
 * @param options `a` (default 1), `b` (1), `c` (0)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0.5, var1: 0.5, var2: 0.5 };
 * const { nngp } = await dual.dualActivation(stax.Erf(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 3) > 1e-15) throw new Error("(2/π)·arcsin(½) must be ⅓");
 * ```
 */
export const Erf: (options?: AffineOptions) => Network<Nonlinearity<Required<AffineOptions>>> = nonlinearity(
  "Erf",
  { a: 1, b: 1, c: 0 },
  ({ a, b, c }: Record<"a" | "b" | "c", Operand>) => {
    requireScale("Erf", { a, b, c });
    // R and 2b²·cov are divided by 2b² where that is above 2, so that b⁴·det does not overflow. R² is (1+2b²var1)(1+2b²var2) − 4b⁴cov²
    // as a sum of positive terms: the product form loses all digits for large variances.
    const square = toExpr(b).square().mul(2);
    const unit = constant(1);
    const [scale, one] = Math.abs(numberOf(b)) > 1 ? [unit, square.reciprocal()] : [square, unit];
    const root = ({ var1, var2, det }: Moments): Expr =>
      var1.mul(scale.mul(one)).add(var2.mul(scale.mul(one))).add(det.mul(scale.square())).add(one.square())
        .sqrt();
    const height = toExpr(a).square().mul(2).div(pi);
    return {
      fn: (x) => x.mul(b).erf().mul(a).add(c),
      nngp: (m) => m.cov.mul(scale).atan2(root(m)).mul(height).add(toExpr(c).square()),
      dNngp: (m) => root(m).reciprocal().mul(height.mul(scale)),
      room: roomForProducts(2),
    };
  },
  { a: "real", b: "real", c: "real" },
);
