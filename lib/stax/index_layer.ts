/** Indexing as in numpy: crops, strides, flips, single rows, and some of the examples. */
import { reads } from "../network/reading.ts";
import { NdArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { selection } from "../spatial/axis.ts";
import { atPositions, type Axes, type AxisOptions, checkAxes, locate, usualAxes } from "../network/axes.ts";
import { withDefaults } from "../options.ts";
import { mapPositions } from "../network/kernel_expr.ts";
import { type Layer, type Shape } from "../network/layer.ts";
import { whereAllReadIsMasked } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";
import {
  expandIndex,
  formatIndex,
  formatSlice,
  type IndexInput,
  isWhole,
  parseIndex,
  type Slice,
  sliceIndices,
} from "../network/slice.ts";

/** The description of an `Index` layer. */
export interface Index extends Layer, Axes {
  /** The name of the layer */
  readonly type: "Index";
  /** As numpy writes it */
  readonly idx: string;
}

/**
 * Some entries of its input, as `x[idx]` in numpy: of positions those pairs remain that are kept, a number removes its axis, and
 * a slice of the batch keeps some examples.
 *
 * @param idx text such as `"::2, 0, ..."`, or a list of numbers, slices `{ start, stop, step }` and `"..."`
 * @throws {TypeError} for what is not an index, or has more entries than the input has axes.
 * @throws {RangeError} when it is applied and a number is beyond its axis, or a slice is empty.
 * @throws {UnsupportedError} when a kernel is computed and `idx` selects features or removes the axis of the examples.
 *
 * @example The upper left corner of an image
 * ```ts
 * import * as stax from "./mod.ts";
 * const image = [[[[1], [2], [3]], [[4], [5], [6]]]];
 * const corner = stax.Index(":, :1, :2").applyFn(null, image);
 * if (String(corner.toNested()) !== "1,2") throw new Error("one row and two columns must be left");
 * ```
 */
export function Index(idx: IndexInput, options: AxisOptions = {}): Network<Index> {
  const axes = checkAxes("Index", withDefaults<Axes>("build Index", usualAxes, options));
  return network({ type: "Index", idx: formatIndex(parseIndex(idx)), ...axes });
}

registerOneBranch<Index>("Index", {
  kernel(layer, given, context) {
    const { batchAxis, channelAxis, positions, batch } = given;
    const items = itemsOf(layer, positions.length + 2);
    const ofBatch = items[batchAxis];
    refuseUnlessKernel(ofBatch, items[channelAxis]);
    const k = isWhole(ofBatch)
      ? given
      : { ...given, batch: { kind: "slice", of: batch, slice: ofBatch as Slice } as const };
    const own = atPositions(items, given);
    if (own.every(isWhole)) return k;
    const mapped = mapPositions(k, { axes: mapsOf(own, positions), local: false }, context);
    const left = mapped.positions.filter((_, axis) => typeof own[axis] !== "number");
    return { ...mapped, positions: left, ...axesLeft(items, given) };
  },
  init: (layer, _key, shape) => [indexedShape(layer, shape), null],
  apply: (layer, _params, x) => indexed(layer, x),
  traits: (_layer, [input]) => ({ ...input, isSpatial: false }),
  axes: (layer) => layer,
  outAxes(layer, axes, rank) {
    const items = itemsOf(layer, rank);
    refuseUnlessKept("apply Index with maskConstant", items[axes.batchAxis]);
    return axesLeft(items, axes);
  },
  examples: (layer, { batchAxis }, rank, count) => indicesOf(itemsOf(layer, rank)[batchAxis], count),
  mask(layer, [mask]) {
    const rank = mask.positions.length + 2;
    const items = itemsOf(layer, rank);
    const axes = locate("Index", layer, rank);
    if (!isWhole(items[axes.channelAxis])) {
      throw new UnsupportedError(
        `Cannot apply Index with maskConstant as idx must keep all features: current value is ${layer.idx}`,
      );
    }
    const own = atPositions(items, axes);
    const maps = mapsOf(own, mask.positions);
    const left = maps.map((map) => map.outSize).filter((_, i) => typeof own[i] !== "number");
    return whereAllReadIsMasked(mask, maps, left);
  },
});

reads("Index", ["idx"], Index);

const itemsOf = ({ idx }: Index, axes: number) => expandIndex(parseIndex(idx), axes);

const mapsOf = (items: readonly (number | Slice)[], positions: readonly number[]) =>
  items.map((item, axis) => selection(positions[axis], indicesOf(item, positions[axis])));

/** The axes of examples and features among those that no number removes. */
function axesLeft(items: readonly (number | Slice)[], { batchAxis, channelAxis }: Axes): Axes {
  const kept = (axis: number) =>
    axis - items.slice(0, axis).filter((item) => typeof item === "number").length;
  return { batchAxis: kept(batchAxis), channelAxis: kept(channelAxis) };
}

function refuseUnlessKernel(batch: number | Slice, channel: number | Slice): void {
  if (!isWhole(channel)) {
    throw new UnsupportedError(
      "Cannot compute the kernel of Index as idx must keep all features, of which there are infinitely many: " +
        `current value is ${typeof channel === "number" ? channel : formatSlice(channel)} for them`,
    );
  }
  refuseUnlessKept("compute the kernel of Index", batch);
}

function refuseUnlessKept(action: string, batch: number | Slice): void {
  if (typeof batch !== "number") return;
  throw new UnsupportedError(
    `Cannot ${action} as idx must keep the axis of the examples: ` +
      `current value is ${batch}, write ${
        formatSlice({ start: batch, stop: batch + 1 || null, step: null })
      }`,
  );
}

/** The positions that an entry keeps; a number keeps one. */
function indicesOf(item: number | Slice, length: number): number[] {
  if (typeof item === "object") {
    const indices = sliceIndices(item, length);
    if (indices.length > 0) return indices;
  } else if (item >= -length && item < length) return [item < 0 ? item + length : item];
  throw new RangeError(
    `Cannot apply Index as its entries must be within their axes: current value is ${
      typeof item === "number" ? item : formatSlice(item)
    } for an axis of ${length}`,
  );
}

function indexedShape(layer: Index, shape: Shape): number[] {
  return itemsOf(layer, shape.length).flatMap((item, axis) => {
    if (isWhole(item)) return [shape[axis]];
    if (shape[axis] === -1) {
      throw new RangeError(
        "Cannot initialise Index as the length of every axis that it indexes must be known: " +
          `current value is −1 for axis ${axis}`,
      );
    }
    const indices = indicesOf(item, shape[axis]);
    return typeof item === "number" ? [] : [indices.length];
  });
}

function indexed(layer: Index, { data, shape }: NdArray<Float64Array>): NdArray<Float64Array> {
  const items = itemsOf(layer, shape.length);
  const indices = items.map((item, axis) => indicesOf(item, shape[axis]));
  const offsets = indices.reduce<number[]>(
    (starts, own, axis) => starts.flatMap((start) => own.map((index) => start * shape[axis] + index)),
    [0],
  );
  const left = indices.filter((_, axis) => typeof items[axis] !== "number").map((own) => own.length);
  return new NdArray(Float64Array.from(offsets, (offset) => data[offset]), left);
}
