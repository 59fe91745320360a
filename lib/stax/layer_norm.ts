/** Layer normalisation over the features: covariances become correlations. */
import { NdArray } from "../array.ts";
import { UnsupportedError } from "../errors.ts";
import type { Expr } from "../expr/expr.ts";
import { finite, withDefaults } from "./check.ts";
import { type Layer, register } from "./layer.ts";
import { type Network, network } from "./network.ts";
import { oneArray, oneKernel, oneShape } from "./single.ts";

/** Options of `LayerNorm`. */
export interface LayerNormOptions {
  /** The axes to normalise over; for vectors −1, the features (also 1, or a list of it) */
  readonly axis?: number | readonly number[];
  /** Added to variances; default 1e-12 */
  readonly eps?: number;
  /** The axis of the examples; only 0 for vectors */
  readonly batchAxis?: number;
  /** The axis of the features; only −1 for vectors */
  readonly channelAxis?: number;
}

/** The description of a `LayerNorm` layer. */
export interface LayerNorm extends Layer {
  readonly type: "LayerNorm";
  readonly axis: readonly number[];
  readonly eps: number;
}

/**
 * Normalises every example to mean 0 and variance 1 over its features: K and Θ are divided by √((v₁ + ε)(v₂ + ε)).
 *
 * @throws {UnsupportedError} for another axis than the features.
 *
 * @example
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(8), stax.LayerNorm());
 * const nngp = await kernelFn([[3, 4]], [[3, 4]], "nngp");
 * if (Math.abs(nngp.at(0, 0) - 1) > 1e-12) throw new Error("a normalised point must have variance 1");
 * ```
 */
export function LayerNorm(options: LayerNormOptions = {}): Network<LayerNorm> {
  const { axis, eps, batchAxis, channelAxis } = withDefaults<Required<LayerNormOptions>>(
    "LayerNorm",
    { axis: -1, eps: 1e-12, batchAxis: 0, channelAxis: -1 },
    options,
  );
  const axes = typeof axis === "number" ? [axis] : axis;
  if (
    axes.length !== 1 || (axes[0] !== -1 && axes[0] !== 1) || batchAxis !== 0 ||
    (channelAxis !== -1 && channelAxis !== 1)
  ) {
    throw new UnsupportedError(
      `Cannot build LayerNorm as axis must be −1, the features of vectors (batchAxis 0): current value is ${
        axes.join(", ")
      }`,
    );
  }
  if (finite("LayerNorm", "eps", eps) < 0) {
    throw new RangeError(`Cannot build LayerNorm as eps must not be negative: current value is ${eps}`);
  }
  return network({ type: "LayerNorm", axis: [-1], eps });
}

register<LayerNorm>("LayerNorm", {
  kernel({ eps }, input) {
    const k = oneKernel("LayerNorm", input);
    if (!k.isGaussian) {
      throw new UnsupportedError(
        "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)",
      );
    }
    const root = (variance: Expr) => variance.add(eps).sqrt();
    const scale = root(k.var1).reciprocal().mul(root(k.var2).reciprocal());
    const normalised = (variance: Expr) => variance.div(variance.add(eps));
    return {
      ...k,
      nngp: k.nngp.mul(scale),
      ntk: k.ntk.mul(scale),
      var1: normalised(k.var1),
      var2: normalised(k.var2),
    };
  },
  init: (_layer, _key, shape) => [oneShape("LayerNorm", shape), null],
  apply: ({ eps }, _params, input) => normalise(oneArray("LayerNorm", input), eps),
});

function normalise({ data, shape }: NdArray, eps: number): NdArray {
  const [count, width] = shape;
  const out = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const row = Float64Array.from(data.subarray(i * width, (i + 1) * width));
    const mean = row.reduce((sum, x) => sum + x, 0) / width;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width;
    out.set(row.map((x) => (x - mean) / Math.sqrt(eps + variance)), i * width);
  }
  return new NdArray(out, shape);
}
