/** Global self-attention. */
import { reads } from "../../network/reading.ts";
import { type AttentionLayer, type AttentionOptions, requireClosedForm } from "./description.ts";
import { applyAttention, initAttention } from "./finite.ts";
import { checkAxes, usualAxes } from "../../network/axes.ts";
import { finite, integer, oneOf, outOfRange, withDefaults } from "../../options.ts";
import { joinChannels } from "../../network/mask.ts";
import { type Network, network } from "../../network/network.ts";
import { decayGraph } from "./positional_embedding.ts";
import { registerOneBranch } from "../../network/one_branch.ts";

/** The description of a `GlobalSelfAttention` layer. */
export type GlobalSelfAttention = AttentionLayer;

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
): Network<AttentionLayer> {
  const o = withDefaults<Required<AttentionOptions>>("build GlobalSelfAttention", {
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
  integer("build GlobalSelfAttention", "nChanOut", nChanOut, 1);
  for (const name of ["nChanKey", "nChanVal", "nHeads"] as const) {
    integer("build GlobalSelfAttention", name, options[name], 1);
  }
  for (const name of ["wKeyStd", "wValueStd", "wQueryStd", "wOutStd", "posEmbPNorm", "wPosEmbStd"] as const) {
    finite("build GlobalSelfAttention", name, o[name]);
  }
  if (o.posEmbPNorm <= 0) {
    throw outOfRange("build GlobalSelfAttention", "posEmbPNorm", "positive", o.posEmbPNorm);
  }
  if (o.bStd !== null) finite("build GlobalSelfAttention", "bStd", o.bStd);
  if (o.nChanPosEmb !== null) integer("build GlobalSelfAttention", "nChanPosEmb", o.nChanPosEmb, 1);
  oneOf("build GlobalSelfAttention", "linearScaling", o.linearScaling, [true, false]);
  oneOf("build GlobalSelfAttention", "valPosEmb", o.valPosEmb, [true, false]);
  oneOf("build GlobalSelfAttention", "posEmbType", o.posEmbType, ["NONE", "SUM", "CONCAT"]);
  const mechanisms = ["SOFTMAX", "IDENTITY", "ABS", "RELU"];
  oneOf("build GlobalSelfAttention", "attentionMechanism", o.attentionMechanism, mechanisms);
  checkAxes("GlobalSelfAttention", o);
  requireClosedForm(o);
  const posEmbDecayFn = decayGraph(o.posEmbDecayFn);
  return network({ type: "GlobalSelfAttention", nChanOut, ...o, posEmbDecayFn });
}

registerOneBranch<AttentionLayer>("GlobalSelfAttention", {
  load: async () => (await import("./kernel.ts")).attend,
  init: initAttention,
  apply: (layer, params, x, { masks = null }) => applyAttention(layer, params, x, masks),
  traits: () => ({ isGaussian: true, isSpatial: true, shared: [] }),
  axes: (layer) => layer,
  mask: (_layer, [mask]) => joinChannels(mask),
  remask: true,
  // With inputs that have positions, in which kernels are not differentiated as expressions.
  parameters: () => ({
    wKeyStd: "positive",
    wValueStd: "positive",
    wQueryStd: "positive",
    wOutStd: "positive",
    bStd: "positive",
    wPosEmbStd: "positive",
  }),
});

reads("GlobalSelfAttention", ["nChanOut"], GlobalSelfAttention);
