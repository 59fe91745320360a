/** The kernel of attention in the limit of many heads and features; Hron et al. 2020 (arXiv:2006.10540). */
import { constant, type Expr } from "../../expr/expr.ts";
import { linear } from "../../spatial/axis.ts";
import { type AttentionLayer, requireClosedForm } from "./description.ts";
import {
  addNode,
  atSamePosition,
  type Context,
  isSame,
  type KernelExpr,
  mixPositions,
  scaled,
} from "../../network/kernel_expr.ts";
import { keepVariables } from "../../network/masked_kernel.ts";
import { amplified } from "../../network/numerical_errors.ts";
import { embeddingCovariance, embeddingWidth } from "./positional_embedding.ts";
import { requirePositions } from "../conv/windows.ts";

/** The kernel of the layer's output. */
export function attend(layer: AttentionLayer, k: KernelExpr, context: Context): KernelExpr {
  const { linearScaling, valPosEmb, nChanOut } = layer;
  requirePositions("GlobalSelfAttention", k.positions);
  requireClosedForm(layer);
  // Masks are those of whole positions here, as keys and queries are.
  const keep = keepVariables("GlobalSelfAttention", k, context);
  const embedded = withEmbedding(layer, k, keep, context);
  const values = valPosEmb ? embedded : k;
  const output = linearScaling
    ? linearAttention(layer, embedded, values, keep, context)
    : rootAttention(layer, embedded, values, k, context);
  return { ...output, width: nChanOut, isGaussian: true, isInput: false, shared: [] };
}

/** The kernel of the input joined to embeddings of its positions, which are parameters as well. */
function withEmbedding(
  layer: AttentionLayer,
  k: KernelExpr,
  keep: readonly [Expr, Expr] | null,
  context: Context,
): KernelExpr {
  const { posEmbType, posEmbPNorm: norm, posEmbDecayFn: fn, wPosEmbStd } = layer;
  if (posEmbType === "NONE") return k;
  const width = embeddingWidth(layer, k.width);
  const { cov, variance } = embeddingCovariance({ norm, fn }, k.positions, context);
  const [share, embeddedShare] = posEmbType === "CONCAT"
    ? [k.width / (k.width + width), width / (k.width + width)]
    : [1, 1];
  const [keep1, keep2] = keep ?? [constant(1), constant(1)];
  const joined = (entry: Expr, embedding: Expr) =>
    entry.mul(share).add(embedding.mul(embeddedShare * wPosEmbStd ** 2));
  return {
    ...k,
    nngp: joined(k.nngp, cov.mul(keep1).mul(keep2)),
    ntk: joined(k.ntk, cov.mul(keep1).mul(keep2)),
    var1: joined(k.var1, variance.mul(keep1)),
    var2: joined(k.var2, variance.mul(keep2)),
    same: k.same.and(atSamePosition),
  };
}

/** So far below all weights that its power is 0, and the same for all positions if there is nothing else. */
const NOTHING = -1e20;

/** Queries, keys and values: an error counts once in each of them. */
const FACTORS = 3;

/** Weights that converge to constants, which mix the positions of their input. */
function linearAttention(
  { wKeyStd, wQueryStd, wOutStd, wValueStd, bStd, attentionMechanism }: AttentionLayer,
  embedded: KernelExpr,
  values: KernelExpr,
  keep: readonly [Expr, Expr] | null,
  context: Context,
): KernelExpr {
  const product = embedded.same.select(embedded.var1, embedded.nngp).mul(wQueryStd * wKeyStd);
  const weight = attentionMechanism === "ABS"
    ? product.abs()
    : attentionMechanism === "RELU"
    ? product.max(0)
    : product;
  const softmax = attentionMechanism === "SOFTMAX";
  // Nothing attends to padding.
  const kept = keep ? keep[1].eq(0).select(softmax ? NOTHING : 0, weight) : weight;
  const mixed = mixPositions(values, { weight: kept, softmax }, context);
  const scale = (wOutStd * wValueStd) ** 2;
  const shift = (bStd ?? 0) ** 2;
  const outputs = scaled(mixed, scale, shift);
  const ntk = mixed.ntk.mul(scale).add(shift).add(mixed.nngp.mul(2 * scale));
  return { ...outputs, ntk, errors: amplified(values.errors, FACTORS) };
}

/** Products of Gaussian queries, keys and values: the covariance of positions times the product of all of K̃ with all of K. */
function rootAttention(
  { wKeyStd, wQueryStd, wOutStd, wValueStd, bStd, valPosEmb, posEmbType }: AttentionLayer,
  embedded: KernelExpr,
  values: KernelExpr,
  k: KernelExpr,
  context: Context,
): KernelExpr {
  const exact = (kernel: KernelExpr) => kernel.same.select(kernel.var1, kernel.nngp);
  const ntk = valPosEmb || posEmbType === "NONE"
    ? exact(embedded).mul(embedded.ntk).mul(2)
    : exact(embedded).mul(k.ntk).add(exact(k).mul(embedded.ntk));
  const sums = k.positions.map((size) => linear(size, Array(size).fill(new Float64Array(size).fill(1))));
  const products = {
    nngp: exact(embedded).mul(exact(values)),
    ntk,
    var1: embedded.var1.mul(values.var1),
    same: embedded.same,
  };
  const dot = addNode(products, { axes: sums, local: false }, context);
  const scale = (wQueryStd * wKeyStd * wOutStd * wValueStd) ** 2;
  const shift = (bStd ?? 0) ** 2;
  const affine = (entry: Expr) => entry.mul(scale).add(shift);
  const own = exact(embedded);
  const inner = dot.ntk.mul(own).add(dot.nngp.mul(embedded.ntk.add(own.mul(4))));
  return {
    ...embedded,
    errors: amplified(embedded.errors, FACTORS),
    nngp: affine(dot.nngp.mul(own)),
    ntk: affine(inner),
    var1: affine(dot.var1.mul(embedded.var1)),
    var2: affine(dot.var2.mul(embedded.var2)),
    same: embedded.same.and(isSame(dot.nngp, dot.var1, dot.var2)),
  };
}
