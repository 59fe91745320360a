/**
 * The transcendental functions as expressions of the primitive operations: range reduction and minimax polynomials.
 *
 * For targets whose own functions are too weak (WGSL) or do not vectorise (C). Every file holds the coefficients of
 * both precisions; `tests/expr/make_approximations.py` makes them. They need no branches and no look-ups.
 */
import type { DType } from "../../array/dtype.ts";
import type { Expr } from "../expr.ts";
import { acos, asin } from "./arcs.ts";
import { atanSqrt } from "./atan.ts";
import { atan2, unscaledAtan2 } from "./atan2.ts";
import { cos } from "./cos.ts";
import { erf } from "./erf.ts";
import { exp } from "./exp.ts";
import { expm1 } from "./expm1.ts";
import { log } from "./log.ts";
import { log1p } from "./log1p.ts";
import { sin } from "./sin.ts";
import { tanh } from "./tanh.ts";

/** A function of one or two expressions for a precision, built of primitive operations. */
export type Approximation = (precision: DType, ...args: [Expr, Expr]) => Expr;

/** The approximations by the name of the operation they stand for. */
export const approximations: ReadonlyMap<string, Approximation> = new Map<string, Approximation>(
  Object.entries({ exp, expm1, log, log1p, sin, cos, tanh, erf, asin, acos, atan2, atanSqrt }),
);

/** Those for a target that divides accurately at all lengths, as C does and WGSL need not. */
export const accurateDivision: ReadonlyMap<string, Approximation> = new Map([
  ...approximations,
  ["atan2", unscaledAtan2],
]);
