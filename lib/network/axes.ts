/** Where an array keeps its examples and its features; the axes between them, in their order, are positions. */
import { NdArray, type Values } from "../array/mod.ts";
import type { Shape } from "./layer.ts";
import { integer, outOfRange, wrongType } from "../options.ts";

/** The options of a layer that say which axis is which. */
export interface AxisOptions {
  /** The axis of the examples; default 0 */
  readonly batchAxis?: number;
  /** The axis of the features; default −1 */
  readonly channelAxis?: number;
}

/** Both axes, as given: negative numbers count from the last axis. */
export type Axes = Required<AxisOptions>;

/** The usual axes: examples first, features last. */
export const usualAxes: Axes = { batchAxis: 0, channelAxis: -1 };

/** An array with its examples first and its features last. */
export interface Canonical<D extends Values> {
  readonly x: NdArray<D>;
  readonly count: number;
  readonly positions: readonly number[];
  readonly width: number;
}

/** `axes` if they are integers. */
export function checkAxes(layer: string, axes: Axes): Axes {
  for (const name of ["batchAxis", "channelAxis"] as const) {
    if (!Number.isInteger(axes[name])) {
      throw outOfRange(`build ${layer}`, name, "an integer", axes[name]);
    }
  }
  return axes;
}

/** Axes that an option of a layer names, one alone or in a list; messages say what it must `be` and `have`. */
export function axisList(
  layer: string,
  option: string,
  given: number | readonly number[],
  { be, have }: { readonly be: string; readonly have: string },
): readonly number[] {
  const axes = typeof given === "number" ? [given] : given;
  if (!Array.isArray(axes)) throw wrongType(`build ${layer}`, option, be, axes);
  if (axes.length === 0) {
    throw new TypeError(
      `Cannot build ${layer} as ${option} must have ${have}: current value is an empty list`,
    );
  }
  axes.forEach((axis, i) => integer(`build ${layer}`, `${option}[${i}]`, axis, -Infinity));
  return axes;
}

/** The number of an axis from 0, where negative ones count from the last of `rank`. */
export const from0 = (axis: number, rank: number): number => axis < 0 ? axis + rank : axis;

/** The entries, one an axis, that belong to positions. */
export const atPositions = <T>(entries: readonly T[], { batchAxis, channelAxis }: Axes): T[] =>
  entries.filter((_, axis) => axis !== batchAxis && axis !== channelAxis);

/** The number of an axis among those of positions. */
export const positionAxis = (axis: number, { batchAxis, channelAxis }: Axes): number =>
  axis - Number(batchAxis < axis) - Number(channelAxis < axis);

/** The axes of an array with `rank` axes as numbers from 0. */
export function locate(layer: string, { batchAxis, channelAxis }: Axes, rank: number): Axes {
  const axes = { batchAxis: from0(batchAxis, rank), channelAxis: from0(channelAxis, rank) };
  const inside = (axis: number) => axis >= 0 && axis < rank;
  if (!inside(axes.batchAxis) || !inside(axes.channelAxis) || axes.batchAxis === axes.channelAxis) {
    throw new TypeError(
      `Cannot apply ${layer} as batchAxis and channelAxis must be two of the ${rank} axes of its input: ` +
        `current value is ${batchAxis} and ${channelAxis}`,
    );
  }
  return axes;
}

/** Refuses axes, as given, that are not those which the input of a layer has, from 0. */
export function requireSameAxes(layer: string, axes: Axes, input: Axes, rank: number): void {
  const { batchAxis, channelAxis } = locate(layer, axes, rank);
  if (batchAxis === input.batchAxis && channelAxis === input.channelAxis) return;
  throw new TypeError(
    `Cannot apply ${layer} as its batchAxis and channelAxis must be ${input.batchAxis} and ${input.channelAxis}, as in its input: ` +
      `current value is ${batchAxis} and ${channelAxis}`,
  );
}

/** Refuses axes, as given and from 0, of which two are the same one of `rank`. */
export function requireDistinct(
  layer: string,
  given: readonly number[],
  from0: readonly number[],
  rank: number,
): void {
  if (new Set(from0).size === from0.length) return;
  throw new TypeError(
    `Cannot apply ${layer} as each axis must be named once: current value is ${
      given.join(", ")
    } of ${rank} axes`,
  );
}

/** The axes of an array of this rank, those of examples first, then positions, then features. */
function canonicalOrder(layer: string, axes: Axes, rank: number): number[] {
  const located = locate(layer, axes, rank);
  return [located.batchAxis, ...atPositions([...Array(rank).keys()], located), located.channelAxis];
}

/** A shape with its examples first and its features last. */
export function canonicalShape(layer: string, axes: Axes, shape: Shape): number[] {
  return canonicalOrder(layer, axes, shape.length).map((axis) => shape[axis]);
}

/** A copy of `x` with its examples first and its features last; `x` itself if they are. */
export function canonical<D extends Values>(layer: string, axes: Axes, x: NdArray<D>): Canonical<D> {
  const moved = permuted(x, canonicalOrder(layer, axes, x.shape.length));
  const [count, ...rest] = moved.shape;
  return { x: moved, count, positions: rest.slice(0, -1), width: rest[rest.length - 1] };
}

/** The inverse of `canonical`, for an array of the same or another rank. */
export function restored(layer: string, axes: Axes, x: NdArray<Float64Array>): NdArray<Float64Array> {
  return permuted(x, inverse(canonicalOrder(layer, axes, x.shape.length)));
}

/** The inverse of `canonicalShape`. */
export function restoredShape(layer: string, axes: Axes, shape: Shape): number[] {
  return inverse(canonicalOrder(layer, axes, shape.length)).map((axis) => shape[axis]);
}

/** The array whose axis i is axis order[i] of `x`. */
export function permuted<D extends Values>(x: NdArray<D>, order: readonly number[]): NdArray<D> {
  if (order.every((axis, i) => axis === i)) return x;
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const shape = order.map((axis) => x.shape[axis]);
  const data = x.data.slice() as D;
  const index = shape.map(() => 0);
  for (let k = 0, from = 0; k < data.length; k++) {
    data[k] = x.data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[order[axis]];
      if (++index[axis] < shape[axis]) break;
      from -= strides[order[axis]] * shape[axis];
      index[axis] = 0;
    }
  }
  return new NdArray(data, shape);
}

/** The order that undoes another. */
export const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));
