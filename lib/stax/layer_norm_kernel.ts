/** The kernel of layer normalisation: covariances over the roots of two variances. */
import { UnsupportedError } from "../errors.ts";
import { constant, type Expr } from "../expr/expr.ts";
import type { Gaps } from "../gaps.ts";
import { diagonalMean, identity } from "../spatial/axis.ts";
import { addNode, type Context, type KernelExpr } from "../network/kernel_expr.ts";
import { countOf } from "../array/dtype.ts";
import { atPositions } from "../network/axes.ts";
import { axesOf, type NormLayer, requireGaussian } from "./layer_norm_axes.ts";
import type { Free } from "../network/layer.ts";
import type { Mask } from "../network/mask.ts";
import { shareVariables } from "../network/masked_kernel.ts";
import { amplified } from "../network/numerical_errors.ts";

/** The kernel of the layer's output. */
export function normalised(layer: Free<NormLayer, "eps">, k: KernelExpr, context: Context): KernelExpr {
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
  const normalisedOver = atPositions([...Array(rank).keys()], k).map((axis) => over.includes(axis));
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
