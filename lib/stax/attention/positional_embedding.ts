/** Random embeddings of positions: their covariance, and a square root of it. */
import { countOf, NdArray } from "../../array/mod.ts";
import { NotPositiveDefiniteError } from "../../errors.ts";
import { constant, type Expr, toExpr, variable } from "../../expr/expr.ts";
import { fromGraph, type Graph, toGraph } from "../../expr/json.ts";
import { substitute, topological } from "../../expr/graph.ts";
import { cholesky } from "../../linalg/cholesky.ts";
import { finished } from "../../steps.ts";
import { input, plainFunction } from "../../network/activation.ts";
import { atSamePosition, type Context } from "../../network/kernel_expr.ts";
import { wrongType } from "../../options.ts";

/** The covariance of embeddings at a distance, as an expression. */
export type DecayFn = (distance: Expr) => Expr;

/** How the covariance of two positions falls with Σ |pₐ − qₐ|^norm; null: embeddings of different positions are independent. */
export interface Decay {
  readonly norm: number;
  readonly fn: Graph | null;
}

/** A decay function as data. */
export function decayGraph(fn: DecayFn | Graph | null): Graph | null {
  if (fn === null || typeof fn === "object") return fn && toGraph(ofDistance(fromGraph(fn)));
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot build GlobalSelfAttention as posEmbDecayFn must be a function of expressions: current value is ${fn}`,
    );
  }
  return toGraph(ofDistance(toExpr(fn(input))));
}

/** Refuses an expression of anything but the distance. */
function ofDistance(decay: Expr): Expr {
  const stranger = topological([decay]).find((node) => node.kind === "variable" && node !== input);
  if (!stranger) return decay;
  throw new TypeError(
    `Cannot build GlobalSelfAttention as posEmbDecayFn must be an expression of the distance: current value has ${stranger}`,
  );
}

/** The features of the embeddings for an input of `width` features. */
export function embeddingWidth(
  { posEmbType, nChanPosEmb }: { readonly posEmbType: string; readonly nChanPosEmb: number | null },
  width: number,
): number {
  if (posEmbType === "SUM" && nChanPosEmb !== null && nChanPosEmb !== width) {
    throw wrongType(
      "apply GlobalSelfAttention",
      "nChanPosEmb",
      `null or ${width} with posEmbType SUM`,
      nChanPosEmb,
    );
  }
  return nChanPosEmb ?? width;
}

/** The covariance of the embeddings of two positions, and the variance of one. */
export function embeddingCovariance(
  { norm, fn }: Decay,
  positions: readonly number[],
  { variables }: Context,
): { cov: Expr; variance: Expr } {
  if (fn === null) return { cov: atSamePosition.select(1, 0), variance: constant(1) };
  // Refuses what is no covariance of the positions.
  embeddingRoot({ norm, fn }, positions);
  const distances = positions.map((_, axis) => {
    const name = `place${Object.keys(variables).length}`;
    variables[name] = ({ count }) => ({
      values: repeated(coordinates(positions, axis), count),
      positions: countOf(positions),
    });
    return power(variable(name, "row1").sub(variable(name, "row2")).abs(), norm);
  });
  const decay = (distance: Expr) => substitute([fromGraph(fn)], new Map([[input, distance]]))[0];
  return { cov: decay(distances.reduce((a, b) => a.add(b))), variance: decay(constant(0)) };
}

/** L with L·Lᵀ = R for the covariance R of all positions; null where it is the identity. */
export function embeddingRoot(
  { norm, fn }: Decay,
  positions: readonly number[],
): NdArray<Float64Array> | null {
  if (fn === null) return null;
  const decay = plainFunction(fromGraph(fn));
  const places = positions.map((_, axis) => coordinates(positions, axis));
  const count = countOf(positions);
  const covariance = Float64Array.from({ length: count ** 2 }, (_, k) => {
    const [p, q] = [Math.floor(k / count), k % count];
    return decay(places.reduce((sum, place) => sum + Math.abs(place[p] - place[q]) ** norm, 0));
  });
  try {
    return finished(cholesky(new NdArray(covariance, [count, count]), { maxJitter: 1e-8 })).lower;
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError) && !(error instanceof RangeError)) throw error;
    throw new RangeError(
      "Cannot apply GlobalSelfAttention as posEmbDecayFn must give a covariance of positions, finite and positive " +
        `semi-definite: current value is ${covariance[0]} at distance 0, ` +
        "use one such as (d) => d.neg().exp()",
    );
  }
}

/** The coordinate of every position along an axis. */
function coordinates(positions: readonly number[], axis: number): Float64Array {
  const stride = countOf(positions.slice(axis + 1));
  return Float64Array.from(
    { length: countOf(positions) },
    (_, p) => Math.floor(p / stride) % positions[axis],
  );
}

function repeated(values: Float64Array, count: number): Float64Array {
  const out = new Float64Array(count * values.length);
  for (let i = 0; i < count; i++) out.set(values, i * values.length);
  return out;
}

/** dⁿ for d ≥ 0; 0 stays 0. */
function power(distance: Expr, norm: number): Expr {
  if (Number.isInteger(norm)) return distance.pow(norm);
  const positive = distance.gt(0);
  return positive.select(positive.select(distance, 1).log().mul(norm).exp(), 0);
}
