/** Layer normalisation: covariances become correlations. */
import { NdArray } from "../array.ts";
import { show } from "../array/dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { constant, type Expr } from "../expr/expr.ts";
import type { Gaps } from "../gaps.ts";
import { diagonalMean, identity } from "../spatial/axis.ts";
import {
  type Axes,
  type AxisOptions,
  canonicalShape,
  checkAxes,
  inverse,
  locate,
  permuted,
  requireDistinct,
  restored,
  usualAxes,
} from "./axes.ts";
import { finite, integer, withDefaults } from "./check.ts";
import { addNode, type Context, countOf, type KernelExpr, requireAxes } from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { kept, type Mask } from "./mask.ts";
import { shareVariables } from "./masked_kernel.ts";
import { type Network, network } from "./network.ts";
import { amplified } from "./numerical_errors.ts";
import { oneArray, oneKernel, oneShape } from "./single.ts";

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends AxisOptions {
  /** The axes to normalise over, the features among them; default −1, the features alone */
  readonly axis?: number | readonly number[];
  /** Added to variances; default 1e-12 */
  readonly eps?: number;
}

/** The description of a `LayerNorm` layer. */
export interface LayerNorm extends Layer, Axes {
  /** The name of the layer */
  readonly type: "LayerNorm";
  /** The axes that are normalised over */
  readonly axis: readonly number[];
  /** Added to the variance */
  readonly eps: number;
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
export function LayerNorm(options: LayerNormOptions = {}): Network<LayerNorm> {
  const o = withDefaults<Required<LayerNormOptions>>(
    "LayerNorm",
    { axis: -1, eps: 1e-12, ...usualAxes },
    options,
  );
  const axis = typeof o.axis === "number" ? [o.axis] : o.axis;
  if (!Array.isArray(axis)) {
    throw new TypeError(
      `Cannot build LayerNorm as axis must be an integer or a list of integers: current value is ${
        show(axis)
      }`,
    );
  }
  axis.forEach((value, i) => integer("LayerNorm", `axis[${i}]`, value, -Infinity));
  if (axis.length === 0) {
    throw new TypeError(
      "Cannot build LayerNorm as axis must have the features: current value is an empty list",
    );
  }
  if (finite("LayerNorm", "eps", o.eps) < 0) {
    throw new RangeError(`Cannot build LayerNorm as eps must not be negative: current value is ${o.eps}`);
  }
  return network({ type: "LayerNorm", ...checkAxes("LayerNorm", o), axis, eps: o.eps });
}

register<LayerNorm>("LayerNorm", {
  kernel: (layer, input, context) => normalised(layer, oneKernel("LayerNorm", input), context),
  init: (_layer, _key, shape) => [oneShape("LayerNorm", shape), null],
  apply: (layer, _params, input, { masks }) => normalise(layer, oneArray("LayerNorm", input), masks ?? null),
  nature(_layer, [input]) {
    requireGaussian(input);
    return input;
  },
  axes: (layer) => layer,
});

function requireGaussian({ isGaussian }: Pick<KernelExpr, "isGaussian">): void {
  if (isGaussian) return;
  throw new UnsupportedError(
    "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)",
  );
}

function normalised(layer: LayerNorm, k: KernelExpr, context: Context): KernelExpr {
  requireAxes("LayerNorm", layer, k);
  requireGaussian(k);
  const rank = k.positions.length + 2;
  const over = axesOf(layer, rank);
  if (!over.includes(k.channelAxis)) {
    throw new UnsupportedError(
      `Cannot compute the kernel of LayerNorm as axis must have the features, axis ${k.channelAxis}: ` +
        `current value is ${over.join(", ")}, and no other mean has a limit in wide networks`,
    );
  }
  if (over.includes(k.batchAxis)) {
    throw new UnsupportedError(
      `Cannot compute the kernel of LayerNorm as axis must not have the examples, axis ${k.batchAxis}: current value is ` +
        `${
          over.join(", ")
        }, which makes the kernel of two examples depend on all others of their batches, leave it out`,
    );
  }
  const positional = Array.from({ length: rank }, (_, axis) => axis).filter((axis) =>
    axis !== k.batchAxis && axis !== k.channelAxis
  );
  const normalisedOver = positional.map((axis) => over.includes(axis));
  const shares = shareVariables("LayerNorm", k, context, (mask) => sharesOf(mask, normalisedOver)) ?? [1, 1];
  const means = meanVariances(k, normalisedOver, context);
  const positions = countOf(k.positions);
  for (const variance of means) context.checks.push({ layer: "LayerNorm", variance, positions });
  const [scale1, scale2] = means.map((variance, i) => variance.add(layer.eps).mul(shares[i]));
  const scale = scale1.sqrt().reciprocal().mul(scale2.sqrt().reciprocal());
  return {
    ...k,
    // Equal points of different inputs are scaled by what else there is in them.
    same: normalisedOver.includes(true) ? k.same.and(scale1.eq(scale2)) : k.same,
    nngp: k.nngp.mul(scale),
    ntk: k.ntk.mul(scale),
    var1: k.var1.div(scale1),
    var2: k.var2.div(scale2),
    gaps: k.gaps && normalisedGaps(k, k.gaps.below.mul(scale), [k.var1.div(scale1), k.var2.div(scale2)]),
    // An error of the covariance, and one of the variances.
    errors: amplified(k.errors, 2),
  };
}

/** The roots of the variances are nearly equal now, so that the square of their difference is all that the gap leaves out. */
function normalisedGaps({ nngp }: KernelExpr, below: Expr, variances: readonly Expr[]): Gaps {
  const [root1, root2] = variances.map((variance) => variance.sqrt());
  const difference = root1.sub(root2).square();
  const near = below.mul(2).add(difference);
  const far = root1.mul(root2).mul(4).add(difference).sub(below.mul(2));
  const opposite = nngp.lt(0);
  return { below, distance: opposite.select(far, near), sum: opposite.select(near, far) };
}

/** The variances of x1 and x2, or their means over some of the axes of positions. */
function meanVariances(k: KernelExpr, over: readonly boolean[], context: Context): [Expr, Expr] {
  if (!over.includes(true)) return [k.var1, k.var2];
  const axes = k.positions.map((size, axis) => over[axis] ? diagonalMean(size) : identity(size));
  const { var1, var2 } = addNode({ ...k, ntk: constant(0) }, { axes, local: false }, context);
  return [var1, var2];
}

/** For every position the positions along the normalised axes, over those of them that are not masked. */
function sharesOf(mask: Mask, over: readonly boolean[]): number[] {
  const { positions, data } = mask;
  const strides = positions.map((_, axis) => countOf(positions.slice(axis + 1)));
  const group = (p: number) =>
    positions.reduce(
      (key, length, axis) =>
        over[axis] ? key : key + (Math.floor(p / strides[axis]) % length) * strides[axis],
      0,
    );
  const groups = Array.from(data, (_, p) => group(p));
  const total = countOf(positions.filter((_, axis) => over[axis]));
  const masked = new Float64Array(data.length);
  groups.forEach((key, p) => masked[key] += data[p]);
  return groups.map((key) => total / Math.max(1, total - masked[key]));
}

function axesOf({ axis }: LayerNorm, rank: number): number[] {
  const over = axis.map((value) => {
    const from0 = value < 0 ? value + rank : value;
    if (from0 >= 0 && from0 < rank) return from0;
    throw new TypeError(
      `Cannot apply LayerNorm as axis must be among the ${rank} axes of its input: current value is ${value}`,
    );
  });
  requireDistinct("LayerNorm", axis, over, rank);
  return over;
}

function normalise(
  layer: LayerNorm,
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
