/** The duals that sine and cosine share. */
import type { Expr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";

/**
 * The dual of φ(x) = odd·sin(bx) + even·cos(bx) and of its derivative, with d = (var1 + var2)/2 − |cov| ≥ 0 and
 * M = 1 − exp(−2b²|cov|): E[sin·sin] = ±exp(−b²d)·M/2 with the sign of cov, E[cos·cos] = exp(−b²d)·(2 − M)/2, and the mixed
 * terms vanish. Nothing cancels: d is summed from gaps that are exact where they are small, M comes from expm1.
 */
export function harmonicDual(
  { odd, even, b }: { odd: number; even: number; b: number },
): { nngp: (m: Moments) => Expr; dNngp: (m: Moments) => Expr } {
  const dual = (oddSquare: number, evenSquare: number) => (m: Moments) => {
    const size = m.cov.abs();
    const mass = size.mul(-2 * b * b).expm1().neg();
    const signed = m.cov.lt(0).select(mass.neg(), mass);
    const mixture = signed.mul(oddSquare / 2).add(mass.neg().add(2).mul(evenSquare / 2));
    return m.apart.mul(0.5).mul(-b * b).exp().mul(mixture);
  };
  return { nngp: dual(odd * odd, even * even), dNngp: dual((b * even) ** 2, (b * odd) ** 2) };
}
