/** Nodes of networks with positions, as layers build them: covariances, and the linear map of positions that follows. */
import { constant, type Expr, variable } from "../expr/expr.ts";
import type { AxisMap } from "../spatial/axis.ts";
import type { Entrywise } from "./entrywise.ts";

/** A linear map of positions that is the same for all inputs: a product of maps of the axes. */
export interface PositionMap {
  readonly axes: readonly AxisMap[];
  /** Weights of different output positions are independent (`ConvLocal`): K′ is 0 off its diagonal. */
  readonly local: boolean;
}

/**
 * A linear map of positions of its own for each input: K′(P, Q) = Σₚ,q A₁(P, p) · A₂(Q, q) · K(p, q) with the matrix A₁ of the
 * first input and A₂ of the second.
 */
export interface Mixing<W = Entrywise> {
  /** Positions before and after. */
  readonly size: number;
  /** What gives A from the covariance of an input with itself; null if A comes with the job. */
  readonly attention: Attention<W> | null;
}

/** A(P, p) = w(P, p), or e^w(P, p) / Σₚ e^w(P, p), for an entrywise map w of the covariance of the input with itself. */
export interface Attention<W = Entrywise> {
  /** The entry `weight`. */
  readonly weight: W;
  readonly softmax: boolean;
}

/** One node as layers build it: the covariances of its input, and the map of positions. */
export interface NodeExpr {
  readonly nngp: Expr;
  readonly ntk: Expr;
  readonly variance: Expr;
  readonly map: PositionMap | Mixing<Expr>;
}

/** True for maps that differ between inputs. */
export const isMixing = <W>(map: PositionMap | Mixing<W>): map is Mixing<W> => !("axes" in map);

/** Number of positions before a map. */
export const sizeOf = (map: PositionMap | Mixing<unknown>): number =>
  isMixing(map) ? map.size : map.axes.reduce((product, axis) => product * axis.size, 1);

/** Number of positions after a map. */
export const outSizeOf = (map: PositionMap | Mixing<unknown>): number =>
  isMixing(map) ? map.size : map.axes.reduce((product, axis) => product * axis.outSize, 1);

/** The variables that a node's output stands for; `ntk` is 0 if that of its input is. */
export function nodeVariables(id: number, ntk: boolean): { nngp: Expr; ntk: Expr; var1: Expr; var2: Expr } {
  return {
    nngp: variable(`cov${id}`),
    ntk: ntk ? variable(`ntk${id}`) : constant(0),
    var1: variable(`var${id}`, "row1"),
    var2: variable(`var${id}`, "row2"),
  };
}
