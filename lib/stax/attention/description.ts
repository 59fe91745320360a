/** What a self-attention layer is, as data. */
import { UnsupportedError } from "../../errors.ts";
import type { Graph } from "../../expr/json.ts";
import type { Axes, AxisOptions } from "../../network/axes.ts";
import type { Layer } from "../../network/layer.ts";
import type { DecayFn } from "./positional_embedding.ts";

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
export interface AttentionLayer extends Layer, Axes, Required<Omit<AttentionOptions, "posEmbDecayFn">> {
  /** The name of the layer */
  readonly type: "GlobalSelfAttention";
  /** Features of the output */
  readonly nChanOut: number;
  /** The covariance of embeddings at a distance */
  readonly posEmbDecayFn: Graph | null;
}

/** Refuses weights whose kernel is not known. */
export function requireClosedForm(
  { linearScaling, attentionMechanism }: Pick<AttentionLayer, "linearScaling" | "attentionMechanism">,
): void {
  if (linearScaling || attentionMechanism === "IDENTITY") return;
  throw new UnsupportedError(
    "Cannot build GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: " +
      `current value is ${attentionMechanism}, for which no closed form is known, use linearScaling: true`,
  );
}
