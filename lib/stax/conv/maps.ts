/** What a convolutional layer does to positions. */
import {
  type AxisMap,
  convolution,
  selection,
  transposedConvolution,
  type Window,
} from "../../spatial/axis.ts";
import type { ConvLayer } from "./description.ts";
import { type ConvSpec, convSpec } from "./dimension_numbers.ts";
import { countOf } from "../../array/dtype.ts";
import { windowsAt } from "./windows.ts";

/** The layout of the layer's input, weights and output. */
export const specOf = ({ dimensionNumbers, filterShape }: ConvLayer): ConvSpec =>
  convSpec(dimensionNumbers, filterShape.length);

/** The map of each axis of positions. */
export function mapsOf(layer: ConvLayer, positions: readonly number[]): AxisMap[] {
  const map = layer.type === "ConvTranspose" ? transposedConvolution : convolution;
  return windowsOf(layer, positions).map((window, i) => map(positions[i], window));
}

/** The window of each axis of positions. */
export function windowsOf(layer: ConvLayer, positions: readonly number[]): Window[] {
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
