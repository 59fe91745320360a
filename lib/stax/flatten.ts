/** Flattening: positions become features. */
import { reads } from "../network/reading.ts";
import { countOf, NdArray } from "../array/mod.ts";
import { trace } from "../spatial/axis.ts";
import { type Axes, from0, permuted } from "../network/axes.ts";
import { integer, oneOf, withDefaults, wrongType } from "../options.ts";
import { mapPositions } from "../network/kernel_expr.ts";
import { type Layer, type Shape } from "../network/layer.ts";
import { withChannels } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";

/** Options of `Flatten`. */
export interface FlattenOptions {
  /** The axis of the examples; default 0 */
  readonly batchAxis?: number;
  /** The axis of the examples in the output, 0 (default) or 1 */
  readonly batchAxisOut?: number;
}

/** The description of a `Flatten` layer. */
export interface Flatten extends Layer, Required<FlattenOptions> {
  /** The name of the layer */
  readonly type: "Flatten";
}

/**
 * Joins all axes but that of the examples: K and Θ become the means of their diagonals over positions, so that networks which
 * end in it and never pool need nothing but those diagonals (Novak et al. 2019, arXiv:1810.05148).
 *
 * @throws {RangeError} for a batch axis of the output that is neither 0 nor 1.
 *
 * @example Four features of two positions
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Flatten(), stax.Dense(1));
 * const nngp = await kernelFn([[[1, 2], [3, 4]]], null, "nngp");
 * if (nngp.at(0, 0) !== 7.5) throw new Error("(1 + 4 + 9 + 16)/4 must be 7.5");
 * ```
 */
export function Flatten(options: FlattenOptions = {}): Network<Flatten> {
  const { batchAxis, batchAxisOut } = withDefaults<Required<FlattenOptions>>(
    "build Flatten",
    { batchAxis: 0, batchAxisOut: 0 },
    options,
  );
  integer("build Flatten", "batchAxis", batchAxis, -Infinity);
  oneOf("build Flatten", "batchAxisOut", batchAxisOut, [0, 1, -1, -2]);
  return network({ type: "Flatten", batchAxis, batchAxisOut: (batchAxisOut + 2) % 2 });
}

registerOneBranch<Flatten>("Flatten", {
  kernel(layer, k, context) {
    const axes = outAxes(layer, k, k.positions.length + 2);
    if (k.positions.length === 0) return { ...k, ...axes };
    const width = countOf(k.positions) * k.width;
    const flat = mapPositions(k, { axes: k.positions.map(trace), local: false }, context);
    return { ...flat, ...axes, positions: [], width, isGaussian: false };
  },
  init: (layer, _key, shape) => [flatShape(layer, shape), null],
  apply(layer, _params, x) {
    const batch = axisOf(layer, x.shape.length);
    const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== batch);
    const order = layer.batchAxisOut === 0 ? [batch, ...others] : [...others, batch];
    return new NdArray(permuted(x, order).data, flatShape(layer, x.shape));
  },
  traits: (_layer, [input]) => ({
    ...input,
    isGaussian: input.isGaussian && !input.isSpatial,
    isSpatial: false,
  }),
  axes: inputAxes,
  takesAnyAxes: true,
  outAxes,
  mask(_layer, [mask], [{ width }]) {
    const { data } = withChannels(mask, width);
    return { positions: [], channels: data.length, data };
  },
});

reads("Flatten", [], Flatten);

function flatShape(layer: Flatten, shape: Shape): number[] {
  const batch = axisOf(layer, shape.length);
  const width = countOf(shape.toSpliced(batch, 1));
  return layer.batchAxisOut === 0 ? [shape[batch], width] : [width, shape[batch]];
}

function axisOf({ batchAxis }: Flatten, rank: number): number {
  const axis = from0(batchAxis, rank);
  if (axis >= 0 && axis < rank) return axis;
  throw wrongType("apply Flatten", "batchAxis", `one of the ${rank} axes of its input`, batchAxis);
}

function outAxes(layer: Flatten, { batchAxis }: Axes, rank: number): Axes {
  if (axisOf(layer, rank) !== batchAxis) {
    throw wrongType("apply Flatten", "its batchAxis", `${batchAxis}, as in its input`, layer.batchAxis);
  }
  return { batchAxis: layer.batchAxisOut, channelAxis: 1 - layer.batchAxisOut };
}

/** Any other axis may stand for the features, as all of them are joined. */
function inputAxes({ batchAxis }: Flatten): Axes {
  return { batchAxis, channelAxis: batchAxis > 0 ? 0 : batchAxis === -1 ? -2 : -1 };
}
