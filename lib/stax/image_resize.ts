/** Interpolation between positions. */
import { reads } from "../network/reading.ts";
import { NdArray, show, showPlain } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { type AxisMap, identity } from "../spatial/axis.ts";
import { transform } from "../spatial/finite.ts";
import { type ResizeMethod, resizeMethods, resizing } from "../spatial/resizing.ts";
import { atPositions, type AxisOptions, checkAxes, locate, usualAxes } from "../network/axes.ts";
import { MOST_PARTS } from "../network/limits.ts";
import { integer, oneOf, withDefaults } from "../options.ts";
import { mapPositions } from "../network/kernel_expr.ts";
import { type Layer, type Shape } from "../network/layer.ts";
import { whereAllReadIsMasked } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";

/** Options of `ImageResize`. */
export interface ImageResizeOptions extends AxisOptions {
  /** `linear` (default), `cubic`, `lanczos3` or `lanczos5` interpolation, or the `nearest` position */
  readonly method?: ResizeMethod;
  /** Average over all positions that a shrunk one covers (all but `nearest`); default true */
  readonly antialias?: boolean;
}

/** The description of an `ImageResize` layer. */
export interface ImageResize extends Layer, Required<ImageResizeOptions> {
  /** The name of the layer */
  readonly type: "ImageResize";
  /** The lengths of all axes of the output; −1 keeps one */
  readonly shape: readonly number[];
}

/**
 * Resizes images as `jax.image.resize`: a linear map W of each axis, so that K becomes W·K·Wᵀ. The rows of W are weights of the
 * distance of positions, with the sum 1: a triangle, the cubic convolution of Keys 1981 (doi:10.1109/TASSP.1981.1163711), or a
 * windowed sinc (Duchon 1979).
 *
 * @param shape the lengths of all axes of the output, batch and features included; −1 keeps one as it is
 * @throws {TypeError} for a shape that is not a list of positive integers and −1.
 * @throws {UnsupportedError} when a kernel is computed and the axis of the examples or features is resized.
 *
 * @example Twice as long
 * ```ts
 * import * as stax from "./mod.ts";
 * const longer = stax.ImageResize([-1, 4, -1], { method: "nearest" }).applyFn(null, [[[1], [2]]]);
 * if (String(longer.toNested()) !== "1,1,2,2") throw new Error("every position must be doubled");
 * ```
 */
export function ImageResize(
  shape: readonly number[],
  options: ImageResizeOptions = {},
): Network<ImageResize> {
  const o = withDefaults<Required<ImageResizeOptions>>(
    "build ImageResize",
    { method: "linear", antialias: true, ...usualAxes },
    options,
  );
  const isLength = (length: number) => Number.isInteger(length) && (length > 0 || length === -1);
  if (!Array.isArray(shape) || !shape.every(isLength)) {
    throw new TypeError(
      "Cannot build ImageResize as shape must be a list of positive integers and −1 for axes that stay: " +
        `current value is ${
          Array.isArray(shape) && shape.length < 32 ? `[${shape.map(showPlain).join(", ")}]` : show(shape)
        }`,
    );
  }
  shape.forEach((length, i) => integer("build ImageResize", `shape[${i}]`, length, -1, MOST_PARTS));
  oneOf("build ImageResize", "method", o.method, resizeMethods);
  oneOf("build ImageResize", "antialias", o.antialias, [true, false]);
  return network({ type: "ImageResize", shape, ...o, ...checkAxes("ImageResize", o) });
}

registerOneBranch<ImageResize>("ImageResize", {
  kernel(layer, k, context) {
    requireRank(layer, k.positions.length + 2);
    for (const axis of [k.batchAxis, k.channelAxis]) {
      if (layer.shape[axis] === -1) continue;
      throw new UnsupportedError(
        "Cannot compute the kernel of ImageResize as shape must be −1 for examples and features: " +
          `current value is [${layer.shape.join(", ")}]`,
      );
    }
    const lengths = atPositions(layer.shape, k);
    if (lengths.every((length) => length === -1)) return k;
    const axes = k.positions.map((size, i) => mapOf(layer, size, lengths[i]));
    return mapPositions(k, { axes, local: false }, context);
  },
  init: (layer, _key, shape) => [outShape(layer, shape), null],
  apply(layer, _params, x) {
    const shape = outShape(layer, x.shape);
    const axes = x.shape.map((size, axis) => mapOf(layer, size, shape[axis]));
    return new NdArray(transform(axes, x.data, 1), shape);
  },
  axes: (layer) => layer,
  mask(layer, [mask]) {
    const lengths = atPositions(layer.shape, locate("ImageResize", layer, mask.positions.length + 2));
    const axes = mask.positions.map((size, i) => mapOf(layer, size, lengths[i]));
    return whereAllReadIsMasked(mask, axes);
  },
  remask: true,
});

reads("ImageResize", ["shape"], ImageResize);

function mapOf({ method, antialias }: ImageResize, size: number, outSize: number): AxisMap {
  return outSize === -1 || outSize === size ? identity(size) : resizing(size, outSize, { method, antialias });
}

function outShape(layer: ImageResize, shape: Shape): number[] {
  requireRank(layer, shape.length);
  return layer.shape.map((length, axis) => length === -1 ? shape[axis] : length);
}

function requireRank(layer: ImageResize, rank: number): void {
  locate("ImageResize", layer, rank);
  if (layer.shape.length === rank) return;
  throw new TypeError(
    `Cannot apply ImageResize as shape must have ${rank} entries, one an axis of its input: ` +
      `current value is [${layer.shape.join(", ")}]`,
  );
}
