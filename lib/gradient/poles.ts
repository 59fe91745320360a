/**
 * Where the dual of a nonlinearity has no derivative in its first point: found once a nonlinearity, from its values.
 *
 * Across a point where u is v up to a factor, √det and the angle grow like the distance from it. Their cone leaves no derivative unless
 * what multiplies them vanishes there, as in the NNGP of ReLU, but not in its NTK. And around u = 0 the duals of homogeneous
 * nonlinearities are cones, or jump.
 */
import { evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";

/** What a dual is like around u = 0. */
export type AtOrigin = "smooth" | "cone" | "jump";

/** The values of `symbols` for two moments and a cosine. */
export function momentsAt(var1: number, var2: number, angle: number): Record<string, number> {
  const size = Math.sqrt(var1) * Math.sqrt(var2);
  const [cov, rootDet] = [size * Math.cos(angle), size * Math.sin(angle)];
  const [distance, sum] = [var1 + var2 - 2 * cov, var1 + var2 + 2 * cov];
  return { var1, var2, cov, rootDet, det: rootDet ** 2, angle, distance, apart: Math.min(distance, sum) };
}

/**
 * A size of u at which a dual is compared with its value at 0, and at a quarter of it: closed forms are steep at no smaller scale, and
 * tables are noisy there.
 */
const SIZE = { closed: 1e-8, numerical: 1e-4 };

/** Angles whose cosines c are all of a plane: a smooth dual is T(0) + a·c·|u| + O(|u|²) along them. */
const ANGLES = [0.6, 1.2, Math.PI / 2, 2.1];

/** What a dual, an expression in `symbols`, is like around u = 0: by how fast its deviation from a plane falls with |u|. */
export function behaviourAtOrigin(dual: Expr, isNumerical: boolean): AtOrigin {
  const size = isNumerical ? SIZE.numerical : SIZE.closed;
  const [larger, smaller] = [4 * size, size].map((size) => {
    const values = ANGLES.map((angle) => evaluate(dual, momentsAt(size ** 2, 1, angle)));
    const level = values[ANGLES.indexOf(Math.PI / 2)];
    const origin = evaluate(dual, momentsAt(0, 1, Math.PI / 2));
    const slope = (values[0] - level) / Math.cos(ANGLES[0]);
    const bends = values.map((value, k) => Math.abs(value - level - slope * Math.cos(ANGLES[k])));
    return { bend: Math.max(Math.abs(level - origin), ...bends), scale: Math.max(...values.map(Math.abs)) };
  });
  // Rounding, or nothing at all: of what is homogeneous, no part is as small.
  if (!(larger.bend > 1e-11 * Math.max(larger.scale, 1e-300))) return "smooth";
  const order = Math.log(larger.bend / smaller.bend) / Math.log(4);
  return order < 0.5 ? "jump" : order < 1.5 ? "cone" : "smooth";
}

/** Angles at which a factor of 1/√det is compared with what it is further away. */
const NEARER = [1e-2, 1e-3];

/** Whether `pole`, an expression in `symbols`, stays away from 0 where u is v, or its opposite. */
export function hasPole(pole: Expr, opposite: boolean): boolean {
  const [further, nearer] = NEARER.map((psi) => {
    return Math.abs(evaluate(pole, momentsAt(1, 1, opposite ? Math.PI - psi : psi)));
  });
  return nearer > 1e-9 && nearer > further / 3;
}
