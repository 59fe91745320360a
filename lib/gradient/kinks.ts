/**
 * Where a kernel has no derivative in its first input.
 *
 * Across a point where u and v are the same up to a factor, √det and the angle grow like the distance from it: their cone leaves no
 * derivative unless what multiplies them cancels, as in the NNGP of ReLU, but not in its NTK. And where u is 0, homogeneous
 * nonlinearities make a cone of a kernel, or a jump.
 */
import { constant, type Expr } from "../expr/expr.ts";
import type { DualExpr } from "../network/kernel_expr.ts";
import type { DualSlopes, Slopes } from "./dual_slopes.ts";

/** Two truth values of a pair. */
interface Kink {
  readonly kink: Expr;
  readonly jump: Expr;
}

/** What rounding leaves of terms that cancel, relative to them. */
const ROUNDING = 1e-9;

/** Whether the kernel after a nonlinearity has a kink at a pair, or a jump. */
export function kinkOf({ input, moments }: DualExpr, { nngp, dNngp }: DualSlopes, kernel: "nngp" | "ntk"): Kink {
  const { var1, var2, rootDet } = moments;
  const isOrigin = var1.eq(0).and(var2.gt(0));
  const isParallel = rootDet.eq(0).and(var1.gt(0)).and(var2.gt(0));
  const hasPole = ({ pole, poleSize }: Slopes) => pole(moments).abs().gt(poleSize(moments).mul(ROUNDING));
  const isAt = ({ ofRoot, ofAngle, hasCone }: Slopes, weight: Expr) =>
    hasCone ? constant(1) : either(ofRoot(moments).mul(weight).eq(0), ofAngle(moments).eq(0));
  const own = either2(isParallel.and(hasPole(nngp)), isOrigin.and(isAt(nngp, constant(1))));
  const ofSlope = either2(
    isParallel.and(hasPole(dNngp)).and(not(input.ntk.eq(0))),
    isOrigin.and(isAt(dNngp, input.ntk)),
  );
  return {
    kink: kernel === "ntk" ? either2(own, ofSlope) : own,
    jump: isOrigin.and(not(nngp.ofAngle(moments).eq(0))),
  };
}

const not = (truth: Expr): Expr => constant(1).sub(truth.select(1, 0)).gt(0);
/** a = 0 and b = 0 do not both hold */
const either = (a: Expr, b: Expr): Expr => not(a.and(b));
const either2 = (a: Expr, b: Expr): Expr => a.select(1, b.select(1, 0)).gt(0);
