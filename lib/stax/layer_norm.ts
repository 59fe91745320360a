/** Layer normalisation: covariances become correlations. */
import { reads } from "../network/reading.ts";
import { axesOf, type NormLayer, requireGaussian } from "./layer_norm_axes.ts";
import { countOf, NdArray } from "../array/mod.ts";
import {
  axisList,
  type AxisOptions,
  canonicalShape,
  checkAxes,
  inverse,
  locate,
  permuted,
  restored,
  usualAxes,
} from "../network/axes.ts";
import { finite, withDefaults } from "../options.ts";
import { kept, type Mask } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";

/** The description of a `LayerNorm` layer. */
export type LayerNorm = NormLayer;

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends AxisOptions {
  /** The axes to normalise over, the features among them; default −1, the features alone */
  readonly axis?: number | readonly number[];
  /** Added to variances; default 1e-12 */
  readonly eps?: number;
}

/**
 * Normalises every example to mean 0 and variance 1 over its features, or over features and positions: K and Θ are divided by
 * √((v₁ + ε)(v₂ + ε)), where v is the variance of a position or its mean over the normalised axes.
 *
 * @throws {RangeError} for an axis that is no integer, or a negative `eps`.
 * @throws {UnsupportedError} when a kernel is computed and the input is not Gaussian, the features are not among the axes, or the
 * examples are: outputs then depend on the whole batch, and two examples have no kernel of their own.
 * @see Ba et al. 2016 (arXiv:1607.06450).
 *
 * @example A normalised point has variance 1
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(8), stax.LayerNorm());
 * const nngp = await kernelFn([[3, 4]], [[3, 4]], "nngp");
 * if (Math.abs(nngp.at(0, 0) - 1) > 1e-12) throw new Error("a normalised point must have variance 1");
 * ```
 */
export function LayerNorm(options: LayerNormOptions = {}): Network<NormLayer> {
  const o = withDefaults<Required<LayerNormOptions>>(
    "build LayerNorm",
    { axis: -1, eps: 1e-12, ...usualAxes },
    options,
  );
  const kinds = { be: "an integer or a list of integers", have: "the features" };
  const axis = axisList("LayerNorm", "axis", o.axis, kinds);
  if (finite("build LayerNorm", "eps", o.eps) < 0) {
    throw new RangeError(`Cannot build LayerNorm as eps must not be negative: current value is ${o.eps}`);
  }
  return network({ type: "LayerNorm", ...checkAxes("LayerNorm", o), axis, eps: o.eps });
}

registerOneBranch<NormLayer>("LayerNorm", {
  load: async () => (await import("./layer_norm_kernel.ts")).normalised,
  apply: (layer, _params, x, { masks = null }) => normalise(layer, x, masks),
  traits(_layer, [input]) {
    requireGaussian(input);
    return input;
  },
  axes: (layer) => layer,
  parameters: () => ({ eps: "positive" }),
});

reads("LayerNorm", [], LayerNorm);

function normalise(
  layer: NormLayer,
  x: NdArray<Float64Array>,
  masks: readonly Mask[] | null,
): NdArray<Float64Array> {
  locate("LayerNorm", layer, x.shape.length);
  const over = axesOf(layer, x.shape.length);
  const others = x.shape.map((_, axis) => axis).filter((axis) => !over.includes(axis));
  const order = [...others, ...over];
  const moved = permuted(x, order);
  const keep = masks &&
    permuted(restored("LayerNorm", layer, kept(masks, canonicalShape("LayerNorm", layer, x.shape))), order)
      .data;
  const width = countOf(over.map((axis) => x.shape[axis]));
  const out = new Float64Array(x.size);
  for (let start = 0; start < out.length; start += width) {
    const row = moved.data.subarray(start, start + width);
    const isKept = (i: number) => keep === null || keep[start + i] === 1;
    const count = Math.max(1, row.filter((_, i) => isKept(i)).length);
    const mean = row.reduce((sum, value, i) => isKept(i) ? sum + value : sum, 0) / count;
    const variance = row.reduce((sum, value, i) => isKept(i) ? sum + (value - mean) ** 2 : sum, 0) / count;
    row.forEach((value, i) => out[start + i] = (value - mean) / Math.sqrt(layer.eps + variance));
  }
  return permuted(new NdArray(out, moved.shape), inverse(order));
}
