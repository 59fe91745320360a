/** Convolutional layers. */
import {
  type AxisMap,
  convolution,
  type Padding,
  selection,
  transposedConvolution,
  type Window,
} from "../spatial/axis.ts";
import type { Expr } from "../expr/expr.ts";
import { finite, integer, multipliers, oneOf, withDefaults } from "./check.ts";
import { applyConv, initConv } from "./conv_finite.ts";
import { checkDimensionNumbers, type ConvSpec, convSpec, type DimensionNumbers } from "./conv_spec.ts";
import {
  atSamePosition,
  type Context,
  countOf,
  type KernelExpr,
  mapAllPositions,
  mapCovariances,
  mapPositions,
  requireAxes,
} from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { atCenters, joinChannels, type Mask, whereAllReadIsMasked, whereAnyReadIsMasked } from "./mask.ts";
import { type Network, network } from "./network.ts";
import { oneArray, oneKernel, oneShape } from "./single.ts";
import type { Parameterization } from "./dense.ts";
import { checkWindows, windowsAt } from "./windows.ts";

/** Options of `Conv`, `ConvTranspose` and `ConvLocal`. */
export interface ConvOptions {
  /** Steps of the filter, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `VALID` (default): whole windows only; `SAME`: zeros around the input; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
  /** Standard deviation of the weights, σ_W; default 1 */
  readonly wStd?: number;
  /** Standard deviation of the biases, σ_b; default null: no biases */
  readonly bStd?: number | null;
  /** The axes of input, weights and output, such as `["NCHW", "OIHW", "NCHW"]`; default null: `["NHWC", "HWIO", "NHWC"]` */
  readonly dimensionNumbers?: DimensionNumbers | null;
  /** As in `Dense`; default `ntk` */
  readonly parameterization?: Parameterization;
  /** Width multipliers of input and output in the standard parameterization; default [1, 1] */
  readonly s?: readonly [number, number];
}

/** The description of a convolutional layer. */
export interface Conv extends Layer, Required<ConvOptions> {
  /** The name of the layer */
  readonly type: "Conv" | "ConvTranspose" | "ConvLocal";
  /** Number of features of the output */
  readonly outChan: number;
  /** One size an axis of positions */
  readonly filterShape: readonly number[];
  /** Steps of the filter, one an axis */
  readonly strides: readonly number[];
}

/**
 * A convolution over the axes between batch and features: K(p, q) becomes σ_W²·K̄(p, q) + σ_b² with K̄ the mean of K(p + a, q + a)
 * over the taps a of the filter, and Θ becomes K′ + σ_W²·Θ̄ (Novak et al. 2019, arXiv:1810.05148; Arora et al. 2019,
 * arXiv:1904.11955).
 *
 * @param outChan number of features of the finite network's output; the kernel does not depend on it in the NTK
 * parameterization
 * @param filterShape one size an axis of positions
 * @throws {RangeError} for a size or stride that is not a positive integer, an unknown padding or parameterization.
 * @throws {TypeError} for dimension numbers that do not name the axes.
 *
 * @example Two taps
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.Conv(1, [2], { wStd: 2, bStd: 1 });
 * const nngp = await kernelFn([[[1], [3], [5]]], null, "nngp", { diagonalSpatial: true });
 * if (String(nngp.toNested()) !== "21,69") throw new Error("4·(1 + 9)/2 + 1 and 4·(9 + 25)/2 + 1");
 * ```
 */
export function Conv(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<Conv> {
  return conv("Conv", outChan, filterShape, options);
}

/**
 * A transposed convolution, which makes its input `strides` times as long: with zeros put between the positions it is a
 * convolution. See `Conv`.
 *
 * @example Twice as long
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.ConvTranspose(1, [2], { strides: [2] });
 * const nngp = await kernelFn([[[1], [3]]], null, "nngp", { diagonalSpatial: true });
 * if (String(nngp.toNested()) !== "0.5,0.5,4.5,4.5") throw new Error("each position reaches two, by one of two taps");
 * ```
 */
export function ConvTranspose(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<Conv> {
  return conv("ConvTranspose", outChan, filterShape, options);
}

/**
 * A convolution whose filters are different at every position: as `Conv`, but outputs at different positions are
 * independent.
 *
 * @example Two taps
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.ConvLocal(1, [2]);
 * const nngp = await kernelFn([[[1], [3], [5]]], null, "nngp");
 * if (String(nngp.toNested()) !== "5,0,0,17") throw new Error("only the diagonal remains");
 * ```
 */
export function ConvLocal(
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions = {},
): Network<Conv> {
  return conv("ConvLocal", outChan, filterShape, options);
}

function conv(
  type: Conv["type"],
  outChan: number,
  filterShape: readonly number[],
  options: ConvOptions,
): Network<Conv> {
  integer(type, "outChan", outChan, 1);
  const o = withDefaults<Required<ConvOptions>>(type, {
    strides: null,
    padding: "VALID",
    wStd: 1,
    bStd: null,
    dimensionNumbers: null,
    parameterization: "ntk",
    s: [1, 1],
  }, options);
  const { padding } = o;
  const strides = checkWindows(type, {
    name: "filterShape",
    sizes: filterShape,
    strides: o.strides,
    padding,
  });
  finite(type, "wStd", o.wStd);
  if (o.bStd !== null) finite(type, "bStd", o.bStd);
  checkDimensionNumbers(type, o.dimensionNumbers, filterShape.length);
  oneOf(type, "parameterization", o.parameterization, ["ntk", "standard"]);
  multipliers(type, o.s);
  return network({ type, outChan, filterShape, ...o, strides });
}

for (const type of ["Conv", "ConvTranspose", "ConvLocal"] as const) {
  register<Conv>(type, {
    kernel: (layer, input, context) => convolve(layer, oneKernel(type, input), context),
    init: (layer, key, inputShape) => initConv(finiteConv(layer), key, oneShape(type, inputShape)),
    apply: (layer, params, input) => applyConv(finiteConv(layer), params, oneArray(type, input)),
    axes: (layer) => specOf(layer).axes,
    mask: (layer, [mask]) => maskAfter(layer, joinChannels(mask)),
    remask: true,
  });
}

const specOf = ({ dimensionNumbers, filterShape }: Conv): ConvSpec =>
  convSpec(dimensionNumbers, filterShape.length);

const finiteConv = (layer: Conv) => ({
  layer,
  spec: specOf(layer),
  mapsOf: (p: readonly number[]) => mapsOf(layer, p),
});

/** The map of each axis of positions. */
function mapsOf(layer: Conv, positions: readonly number[]): AxisMap[] {
  const map = layer.type === "ConvTranspose" ? transposedConvolution : convolution;
  return windowsOf(layer, positions).map((window, i) => map(positions[i], window));
}

/** The window of each axis of positions. */
function windowsOf(layer: Conv, positions: readonly number[]): Window[] {
  const { type, filterShape, strides, padding } = layer;
  const { filterOrder } = specOf(layer);
  // With the wrong number of axes there is no order yet, and the windows are refused.
  const inOrder = (values: readonly number[]) => filterOrder.map((at) => values[at]);
  return windowsAt(
    type,
    { name: "filterShape", sizes: inOrder(filterShape), strides: inOrder(strides), padding },
    positions,
    type !== "ConvTranspose",
  );
}

/** The mask of the output: at the centres of windows, or wherever padding reaches by a transposed one. */
function maskAfter(layer: Conv, mask: Mask): Mask {
  const { outOrder } = specOf(layer);
  const windows = windowsOf(layer, mask.positions);
  const reached = layer.type === "ConvTranspose" ? reachedFrom(mask, windows) : atCenters(mask, windows);
  const positions = outOrder.map((axis) => reached.positions[axis]);
  return whereAllReadIsMasked(reached, [orderOf(outOrder, reached.positions)], positions);
}

function reachedFrom(mask: Mask, windows: readonly Window[]): Mask {
  // Masks do not wrap around, as in the Python library.
  const axes = windows.map(({ padding, ...window }, i) =>
    transposedConvolution(mask.positions[i], { ...window, padding: padding === "VALID" ? padding : "SAME" })
  );
  return whereAnyReadIsMasked(mask, axes, axes.map((axis) => axis.outSize));
}

function convolve(layer: Conv, input: KernelExpr, context: Context): KernelExpr {
  const { type, filterShape, wStd, bStd, parameterization, outChan, s } = layer;
  const axes = mapsOf(layer, input.positions);
  requireAxes(type, specOf(layer).axes, input);
  const local = type === "ConvLocal";
  const k = mapPositions(input, { axes, local }, context);
  // Biases are as local as the weights.
  const shifted = (cov: Expr, shift: number) => cov.add(local ? atSamePosition.select(shift, 0) : shift);
  const biasVariance = (bStd ?? 0) ** 2;
  const variances = mapCovariances(k, (cov) => cov.mul(wStd ** 2).add(biasVariance));
  const nngp = shifted(k.nngp.mul(wStd ** 2), biasVariance);
  const own = parameterization === "ntk"
    ? nngp
    : shifted(k.nngp.mul(input.width * countOf(filterShape) / s[0]), bStd === null ? 0 : 1);
  const width = parameterization === "standard" ? outChan * s[1] : outChan;
  const ntk = own.add(k.ntk.mul(wStd ** 2));
  return rearranged(
    specOf(layer),
    { ...variances, nngp, ntk, width, isGaussian: true, isInput: false },
    context,
  );
}

/** The kernel with positions in the order of the output. */
function rearranged({ outOrder, outAxes }: ConvSpec, k: KernelExpr, context: Context): KernelExpr {
  if (outOrder.every((axis, i) => axis === i)) return { ...k, ...outAxes };
  const positions = outOrder.map((axis) => k.positions[axis]);
  return { ...mapAllPositions(k, orderOf(outOrder, k.positions), positions, context), ...outAxes };
}

/** The map of all positions at once that puts their axes into another order. */
function orderOf(order: readonly number[], positions: readonly number[]): AxisMap {
  const lengths = order.map((axis) => positions[axis]);
  const strides = positions.map((_, axis) => countOf(positions.slice(axis + 1)));
  const at = Array.from({ length: countOf(lengths) }, (_, P) => {
    const index = lengths.map((length, i) => Math.floor(P / countOf(lengths.slice(i + 1))) % length);
    return index.reduce((p, value, i) => p + value * strides[order[i]], 0);
  });
  return selection(at.length, at);
}
