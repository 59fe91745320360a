/** Global self-attention. */
import { UnsupportedError } from "../errors.ts";
import type { Graph } from "../expr/json.ts";
import { constant, type Expr } from "../expr/expr.ts";
import { linear } from "../spatial/axis.ts";
import { applyAttention, initAttention } from "./attention_finite.ts";
import { type Axes, type AxisOptions, checkAxes, usualAxes } from "./axes.ts";
import { finite, integer, oneOf, withDefaults } from "./check.ts";
import {
  addNode,
  atSamePosition,
  type Context,
  isSame,
  type KernelExpr,
  mapCovariances,
  mixPositions,
  requireAxes,
} from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { joinChannels } from "./mask.ts";
import { keepVariables } from "./masked_kernel.ts";
import { type Network, network } from "./network.ts";
import { type DecayFn, decayGraph, embeddingCovariance, embeddingWidth } from "./positional_embedding.ts";
import { oneArray, oneKernel, oneShape } from "./single.ts";
import { requirePositions } from "./windows.ts";

/** What turns products of queries and keys into weights. */
export type AttentionMechanism = "SOFTMAX" | "IDENTITY" | "ABS" | "RELU";

/** How embeddings of positions are joined to the input. */
export type PosEmbType = "NONE" | "SUM" | "CONCAT";

/** Options of `GlobalSelfAttention`. */
export interface AttentionOptions extends AxisOptions {
  /** Features of keys and queries */
  readonly nChanKey: number;
  /** Features of values */
  readonly nChanVal: number;
  /** Number of heads */
  readonly nHeads: number;
  /**
   * True (default): products of queries and keys are divided by `nChanKey`, and both have the same weights; false: by its root,
   * with weights of their own
   */
  readonly linearScaling?: boolean;
  /** Standard deviation of the weights of keys; default 1 */
  readonly wKeyStd?: number;
  /** Standard deviation of the weights of values; default 1 */
  readonly wValueStd?: number;
  /** Standard deviation of the weights of queries; default 1 */
  readonly wQueryStd?: number;
  /** Standard deviation of the weights of the output; default 1 */
  readonly wOutStd?: number;
  /** Standard deviation of the biases; default null: no biases */
  readonly bStd?: number | null;
  /** Default `SOFTMAX` */
  readonly attentionMechanism?: AttentionMechanism;
  /** `SUM`, `CONCAT`, or `NONE` (default) */
  readonly posEmbType?: PosEmbType;
  /** The p of the distance Σ |pₐ − qₐ|ᵖ of two positions; default 2 */
  readonly posEmbPNorm?: number;
  /** Covariance of embeddings at a distance, such as `(d) => d.neg().exp()`; default null: 1 at distance 0, else 0 */
  readonly posEmbDecayFn?: DecayFn | Graph | null;
  /** Features of the embeddings with `CONCAT`; default null: as many as the input has */
  readonly nChanPosEmb?: number | null;
  /** Standard deviation of the embeddings; default 1 */
  readonly wPosEmbStd?: number;
  /** Values have the embeddings too, not only keys and queries; default false */
  readonly valPosEmb?: boolean;
}

/** The description of a `GlobalSelfAttention` layer. */
export interface GlobalSelfAttention extends Layer, Axes, Required<Omit<AttentionOptions, "posEmbDecayFn">> {
  /** The name of the layer */
  readonly type: "GlobalSelfAttention";
  /** The axis of the examples */
  readonly batchAxis: number;
  /** The axis of the features */
  readonly channelAxis: number;
  /** Features of the output */
  readonly nChanOut: number;
  /** The covariance of embeddings at a distance */
  readonly posEmbDecayFn: Graph | null;
}

/**
 * Self-attention over all positions in the limit of many heads and features (Hron et al. 2020, arXiv:2006.10540). With linear
 * scaling K becomes σ_OV²·G₁·K·G₂ᵀ + σ_b² with the weights G = ζ(σ_QK·K̃) of both inputs, and Θ becomes
 * σ_OV²·G₁·Θ·G₂ᵀ + σ_b² + 2·(K′ − σ_b²); σ_QK = wQueryStd·wKeyStd, σ_OV = wOutStd·wValueStd, ζ is the mechanism, and K̃ is K
 * with the covariance of embeddings of positions.
 *
 * @param nChanOut features of the output
 * @throws {RangeError} for sizes that are not positive integers, or unknown names.
 * @throws {UnsupportedError} when a kernel is computed with square-root scaling and another mechanism than `IDENTITY`, for which
 * no closed form is known.
 *
 * @example Equal weights are a mean
 * ```ts
 * import * as stax from "./mod.ts";
 * const attention = stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1, wKeyStd: 0 });
 * const nngp = await attention.kernelFn([[[1], [3]]], null, "nngp");
 * if (String(nngp.toNested()) !== "4,4,4,4") throw new Error("both positions must become the mean 2");
 * ```
 */
export function GlobalSelfAttention(
  nChanOut: number,
  options: AttentionOptions,
): Network<GlobalSelfAttention> {
  const o = withDefaults<Required<AttentionOptions>>("GlobalSelfAttention", {
    nChanKey: 0,
    nChanVal: 0,
    nHeads: 0,
    linearScaling: true,
    wKeyStd: 1,
    wValueStd: 1,
    wQueryStd: 1,
    wOutStd: 1,
    bStd: null,
    attentionMechanism: "SOFTMAX",
    posEmbType: "NONE",
    posEmbPNorm: 2,
    posEmbDecayFn: null,
    nChanPosEmb: null,
    wPosEmbStd: 1,
    valPosEmb: false,
    ...usualAxes,
  }, options);
  const check = { ...o, nChanOut };
  for (const name of ["nChanOut", "nChanKey", "nChanVal", "nHeads"] as const) {
    integer("GlobalSelfAttention", name, check[name], 1);
  }
  for (const name of ["wKeyStd", "wValueStd", "wQueryStd", "wOutStd", "posEmbPNorm", "wPosEmbStd"] as const) {
    finite("GlobalSelfAttention", name, o[name]);
  }
  if (o.bStd !== null) finite("GlobalSelfAttention", "bStd", o.bStd);
  if (o.nChanPosEmb !== null) integer("GlobalSelfAttention", "nChanPosEmb", o.nChanPosEmb, 1);
  oneOf("GlobalSelfAttention", "linearScaling", o.linearScaling, [true, false]);
  oneOf("GlobalSelfAttention", "valPosEmb", o.valPosEmb, [true, false]);
  oneOf("GlobalSelfAttention", "posEmbType", o.posEmbType, ["NONE", "SUM", "CONCAT"]);
  const mechanisms = ["SOFTMAX", "IDENTITY", "ABS", "RELU"];
  oneOf("GlobalSelfAttention", "attentionMechanism", o.attentionMechanism, mechanisms);
  checkAxes("GlobalSelfAttention", o);
  const posEmbDecayFn = decayGraph(o.posEmbDecayFn);
  return network({ type: "GlobalSelfAttention", nChanOut, ...o, posEmbDecayFn });
}

register<GlobalSelfAttention>("GlobalSelfAttention", {
  kernel: (layer, input, context) => attend(layer, oneKernel("GlobalSelfAttention", input), context),
  init: (layer, key, shape) => initAttention(layer, key, oneShape("GlobalSelfAttention", shape)),
  apply: (layer, params, input, { masks }) =>
    applyAttention(layer, params, oneArray("GlobalSelfAttention", input), masks ?? null),
  axes: (layer) => layer,
  mask: (_layer, [mask]) => joinChannels(mask),
  remask: true,
});

function attend(layer: GlobalSelfAttention, k: KernelExpr, context: Context): KernelExpr {
  const { linearScaling, attentionMechanism, valPosEmb, nChanOut } = layer;
  requirePositions("GlobalSelfAttention", k.positions);
  requireAxes("GlobalSelfAttention", layer, k);
  if (!linearScaling && attentionMechanism !== "IDENTITY") {
    throw new UnsupportedError(
      "Cannot compute the kernel of GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: " +
        `current value is ${attentionMechanism}, for which no closed form is known, use linearScaling: true`,
    );
  }
  // Masks are those of whole positions here, as keys and queries are.
  const keep = keepVariables("GlobalSelfAttention", k, context);
  const embedded = withEmbedding(layer, k, keep, context);
  const values = valPosEmb ? embedded : k;
  const output = linearScaling
    ? linearAttention(layer, embedded, values, keep, context)
    : rootAttention(layer, embedded, values, k, context);
  return { ...output, width: nChanOut, isGaussian: true, isInput: false };
}

/** The kernel of the input joined to embeddings of its positions, which are parameters as well. */
function withEmbedding(
  layer: GlobalSelfAttention,
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

/** Weights that converge to constants, which mix the positions of their input. */
function linearAttention(
  { wKeyStd, wQueryStd, wOutStd, wValueStd, bStd, attentionMechanism }: GlobalSelfAttention,
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
  const outputs = mapCovariances(mixed, (cov) => cov.mul(scale).add(shift));
  return { ...outputs, ntk: mixed.ntk.mul(scale).add(shift).add(mixed.nngp.mul(2 * scale)) };
}

/** Products of Gaussian queries, keys and values: the covariance of positions times the product of all of K̃ with all of K. */
function rootAttention(
  { wKeyStd, wQueryStd, wOutStd, wValueStd, bStd, valPosEmb, posEmbType }: GlobalSelfAttention,
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
    nngp: affine(dot.nngp.mul(own)),
    ntk: affine(inner),
    var1: affine(dot.var1.mul(embedded.var1)),
    var2: affine(dot.var2.mul(embedded.var2)),
    same: embedded.same.and(isSame(dot.nngp, dot.var1, dot.var2)),
  };
}
