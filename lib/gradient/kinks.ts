/** At which pairs the kernel of a network has no derivative, from what is known of its nonlinearities. */
import { constant, type Expr } from "../expr/expr.ts";
import type { DualExpr } from "../network/kernel_expr.ts";
import type { DualSlopes } from "./dual_slopes.ts";

/** Truth values: the kernel after a nonlinearity has a kink at a pair, and a jump. */
export function kinksOf(
  { moments }: DualExpr,
  { nngp, dNngp }: DualSlopes,
  kernel: "nngp" | "ntk",
): { readonly kink: Expr; readonly jump: Expr } {
  const { var1, var2, rootDet, cov } = moments;
  const ofNtk = (holds: boolean) => kernel === "ntk" && holds;
  const isOrigin = var1.eq(0).and(var2.gt(0));
  const isAlong = rootDet.eq(0).and(var1.gt(0)).and(var2.gt(0));
  const along = cov.gt(0).select(
    Number(nngp.poles.along || ofNtk(dNngp.poles.along)),
    Number(nngp.poles.opposite || ofNtk(dNngp.poles.opposite)),
  );
  // The NTK of what is 0 at the origin is multiplied by a slope: one that jumps makes a cone.
  const origin = nngp.atOrigin !== "smooth" || ofNtk(dNngp.atOrigin === "jump");
  const number = isOrigin.select(Number(origin), isAlong.select(along, 0));
  return {
    kink: number.gt(0),
    jump: nngp.atOrigin === "jump" ? isOrigin : constant(0),
  };
}
