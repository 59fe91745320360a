/** Global self-attention. */
import { UnsupportedError } from "../../errors.ts";
import type { Graph } from "../../expr/json.ts";
import { applyAttention, initAttention } from "./finite.ts";
import { type Axes, type AxisOptions, checkAxes, usualAxes } from "../../network/axes.ts";
import { finite, integer, oneOf, withDefaults } from "../../network/layer_options.ts";
import { type Layer, register } from "../../network/layer.ts";
import { joinChannels } from "../../network/mask.ts";
import { type Network, network } from "../../network/network.ts";
import { type DecayFn, decayGraph } from "./positional_embedding.ts";
import { oneArray, oneShape } from "../../network/one_branch.ts";

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
 * @throws {UnsupportedError} for square-root scaling and another mechanism than `IDENTITY`, for which no closed form is known.
 *
 * @example Equal weights are a mean
 * ```ts
 * import * as stax from "../mod.ts";
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
  integer("GlobalSelfAttention", "nChanOut", nChanOut, 1);
  for (const name of ["nChanKey", "nChanVal", "nHeads"] as const) {
    integer("GlobalSelfAttention", name, options[name], 1);
  }
  for (const name of ["wKeyStd", "wValueStd", "wQueryStd", "wOutStd", "posEmbPNorm", "wPosEmbStd"] as const) {
    finite("GlobalSelfAttention", name, o[name]);
  }
  if (o.posEmbPNorm <= 0) {
    throw new RangeError(
      `Cannot build GlobalSelfAttention as posEmbPNorm must be positive: current value is ${o.posEmbPNorm}`,
    );
  }
  if (o.bStd !== null) finite("GlobalSelfAttention", "bStd", o.bStd);
  if (o.nChanPosEmb !== null) integer("GlobalSelfAttention", "nChanPosEmb", o.nChanPosEmb, 1);
  oneOf("GlobalSelfAttention", "linearScaling", o.linearScaling, [true, false]);
  oneOf("GlobalSelfAttention", "valPosEmb", o.valPosEmb, [true, false]);
  oneOf("GlobalSelfAttention", "posEmbType", o.posEmbType, ["NONE", "SUM", "CONCAT"]);
  const mechanisms = ["SOFTMAX", "IDENTITY", "ABS", "RELU"];
  oneOf("GlobalSelfAttention", "attentionMechanism", o.attentionMechanism, mechanisms);
  checkAxes("GlobalSelfAttention", o);
  requireClosedForm(o);
  const posEmbDecayFn = decayGraph(o.posEmbDecayFn);
  return network({ type: "GlobalSelfAttention", nChanOut, ...o, posEmbDecayFn });
}

/** Refuses weights whose kernel is not known. */
export function requireClosedForm(
  { linearScaling, attentionMechanism }: Pick<GlobalSelfAttention, "linearScaling" | "attentionMechanism">,
): void {
  if (linearScaling || attentionMechanism === "IDENTITY") return;
  throw new UnsupportedError(
    "Cannot build GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: " +
      `current value is ${attentionMechanism}, for which no closed form is known, use linearScaling: true`,
  );
}

register<GlobalSelfAttention>("GlobalSelfAttention", {
  init: (layer, key, shape) => initAttention(layer, key, oneShape("GlobalSelfAttention", shape)),
  apply: (layer, params, input, { masks }) =>
    applyAttention(layer, params, oneArray("GlobalSelfAttention", input), masks ?? null),
  nature: () => ({ isGaussian: true, isSpatial: true, shared: [] }),
  axes: (layer) => layer,
  mask: (_layer, [mask]) => joinChannels(mask),
  remask: true,
});
