/** A case's dual as functions of numbers, by the plain evaluator. */
import { givenGaps } from "../../lib/dual/given_gaps.ts";
import type { Activation } from "../../lib/network/activation.ts";
import { evaluate, type Expr, variable } from "../../lib/expr/mod.ts";
import { diagonalMoments, type Moments, momentsOf } from "../../lib/moments.ts";

/** (cov, var1, var2) */
export type Triple = readonly [cov: number, var1: number, var2: number];

const variance = variable("variance", "row1");

const [cov, var1, var2] = [variable("cov"), variable("var1", "row1"), variable("var2", "row2")];

/** The moments of a pair as the dual builds them. */
export const pairMoments: Moments = momentsOf(
  cov,
  var1,
  var2,
  variable("same"),
  givenGaps({ cov, var1, var2 }),
);

/** The values of the variables of `pairMoments`; a pair counts as one point where its three moments are equal. */
export const bindings = ([cov, var1, var2]: Triple) => ({
  cov,
  var1,
  var2,
  same: Number(cov === var1 && var1 === var2),
});

/** One of the two kernels of a dual: at a pair, at a point with itself, and the scale √(k₁₁·k₂₂) of its errors. */
export interface Kernel {
  readonly expr: Expr;
  readonly at: (triple: Triple) => number;
  readonly diagonal: (variance: number) => number;
  readonly scale: (triple: Triple) => number;
}

/** The kernels nngp and dNngp of an activation. */
export function kernelsOf({ nngp, dNngp }: Activation): { nngp: Kernel; dNngp: Kernel } {
  return { nngp: kernel(nngp), dNngp: kernel(dNngp) };
}

/** The kernel of an expression of moments. */
export function kernel(k: (moments: Moments) => Expr): Kernel {
  const expr = k(pairMoments);
  const onDiagonal = k(diagonalMoments(variance));
  const at = (triple: Triple) => evaluate(expr, bindings(triple));
  const diagonal = (v: number) => evaluate(onDiagonal, { variance: v });
  const scale = (triple: Triple) =>
    Math.max(Math.abs(at(triple)), Math.sqrt(diagonal(triple[1])) * Math.sqrt(diagonal(triple[2])));
  return { expr, at, diagonal, scale };
}
