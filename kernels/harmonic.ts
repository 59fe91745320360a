/** The duals that sine and cosine share. */
import type { Expr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";

/**
 * The dual of φ(x) = odd·sin(bx) + even·cos(bx) and of its derivative, with d = (var1 + var2)/2 − |cov| ≥ 0 and
 * M = 1 − exp(−2b²|cov|): E[sin·sin] = ±exp(−b²d)·M/2 with the sign of cov, E[cos·cos] = exp(−b²d)·(2 − M)/2, and the mixed
 * terms vanish. Nothing cancels: d is summed from gaps that are exact where they are small, M comes from expm1.
 */
export function harmonicDual(
  { odd, even, b }: Record<"odd" | "even" | "b", Expr>,
): { nngp: (m: Moments) => Expr; dNngp: (m: Moments) => Expr } {
  const dual = (oddSquare: Expr, evenSquare: Expr) => (m: Moments) => {
    const size = m.cov.abs();
    const mass = size.mul(b.square().mul(-2)).expm1().neg();
    const signed = m.cov.lt(0).select(mass.neg(), mass);
    const mixture = signed.mul(oddSquare.div(2)).add(mass.neg().add(2).mul(evenSquare.div(2)));
    return m.apart.mul(0.5).mul(b.square().neg()).exp().mul(mixture);
  };
  return {
    nngp: dual(odd.square(), even.square()),
    dNngp: dual(b.mul(even).square(), b.mul(odd).square()),
  };
}
