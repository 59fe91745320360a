/** What a convolutional layer is, as data, and what it does to positions and masks. */
import {
  type AxisMap,
  convolution,
  type Padding,
  selection,
  transposedConvolution,
  type Window,
} from "../../spatial/axis.ts";
import type { Layer } from "../../network/layer.ts";
import type { DenseOptions } from "../dense.ts";
import { type ConvSpec, convSpec, type DimensionNumbers } from "./dimension_numbers.ts";
import { countOf } from "../../array/dtype.ts";
import { windowsAt } from "./windows.ts";
import { atCenters, type Mask, whereAllReadIsMasked, whereAnyReadIsMasked } from "../../network/mask.ts";

/** Options of `Conv`, `ConvTranspose` and `ConvLocal`. */
export interface ConvOptions extends Pick<DenseOptions, "wStd" | "bStd" | "parameterization" | "s"> {
  /** Steps of the filter, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `VALID` (default): whole windows only; `SAME`: zeros around the input; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
  /** The axes of input, weights and output, such as `["NCHW", "OIHW", "NCHW"]`; default null: `["NHWC", "HWIO", "NHWC"]` */
  readonly dimensionNumbers?: DimensionNumbers | null;
}

/** The description of a convolutional layer. */
export interface ConvLayer extends Layer, Required<ConvOptions> {
  /** The name of the layer */
  readonly type: "Conv" | "ConvTranspose" | "ConvLocal";
  /** Number of features of the output */
  readonly outChan: number;
  /** One size an axis of positions */
  readonly filterShape: readonly number[];
  /** Steps of the filter, one an axis */
  readonly strides: readonly number[];
}

/** What a layer does with positions. */
type Geometry = Omit<ConvLayer, "wStd" | "bStd">;

/** The layout of the layer's input, weights and output. */
export const specOf = ({ dimensionNumbers, filterShape }: Geometry): ConvSpec =>
  convSpec(dimensionNumbers, filterShape.length);

/** The map of each axis of positions. */
export function mapsOf(layer: Geometry, positions: readonly number[]): AxisMap[] {
  const map = layer.type === "ConvTranspose" ? transposedConvolution : convolution;
  return windowsOf(layer, positions).map((window, i) => map(positions[i], window));
}

/** The window of each axis of positions. */
export function windowsOf(layer: Geometry, positions: readonly number[]): Window[] {
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

/** The map of all positions at once that puts their axes into another order. */
export function orderOf(order: readonly number[], positions: readonly number[]): AxisMap {
  const lengths = order.map((axis) => positions[axis]);
  const strides = positions.map((_, axis) => countOf(positions.slice(axis + 1)));
  const at = Array.from({ length: countOf(lengths) }, (_, P) => {
    const index = lengths.map((length, i) => Math.floor(P / countOf(lengths.slice(i + 1))) % length);
    return index.reduce((p, value, i) => p + value * strides[order[i]], 0);
  });
  return selection(at.length, at);
}

/** The mask of the output: at the centres of windows, or wherever padding reaches by a transposed one. */
export function maskAfter(layer: ConvLayer, mask: Mask): Mask {
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
  return whereAnyReadIsMasked(mask, axes);
}
