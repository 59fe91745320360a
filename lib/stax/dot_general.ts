/** Products with constant arrays: any linear map of positions. */
import { reads } from "../network/reading.ts";
import { type ArrayInput, countOf, finiteArray, NdArray, showData } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { linear } from "../spatial/axis.ts";
import {
  type Axes,
  type AxisOptions,
  canonical,
  checkAxes,
  locate,
  restored,
  usualAxes,
} from "../network/axes.ts";
import { withDefaults } from "../options.ts";
import { type DotDimensionNumbers, dotGeneral, dotShape, rolesOf } from "./dot_product.ts";
import { type Context, type KernelExpr, mapAllPositions, scaled } from "../network/kernel_expr.ts";
import { type Layer } from "../network/layer.ts";
import { whereAllReadIsMasked } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";

/** Options of `DotGeneral`. */
export interface DotGeneralOptions extends AxisOptions {
  /** The constant left factor; default null: the input is on the left */
  readonly lhs?: ArrayInput | null;
  /** The constant right factor; default null */
  readonly rhs?: ArrayInput | null;
  /** [axes summed over, axes in step], each as [left, right], as in `jax.lax.dot_general`; default [[[], []], [[], []]] */
  readonly dimensionNumbers?: DotDimensionNumbers;
}

/** An array as plain data. */
export interface Constant {
  /** Length of each axis */
  readonly shape: readonly number[];
  /** The entries, row by row */
  readonly data: readonly number[];
}

/** The description of a `DotGeneral` layer. */
export interface DotGeneral extends Layer, Axes {
  /** The name of the layer */
  readonly type: "DotGeneral";
  /** The constant left factor */
  readonly lhs: Constant | null;
  /** The constant right factor */
  readonly rhs: Constant | null;
  /** The axes summed over, and those in step */
  readonly dimensionNumbers: DotDimensionNumbers;
}

/**
 * The product of its input with a constant array, over any axes: K becomes M·K·Mᵀ and Θ becomes M·Θ·Mᵀ with the matrix M that
 * the product is over positions. Without a constant it does nothing.
 *
 * @throws {TypeError} if both factors are given, or for dimension numbers of another form.
 * @throws {UnsupportedError} when a kernel is computed and an axis of examples or features is summed over or in step.
 *
 * @example The difference of two positions
 * ```ts
 * import * as stax from "./mod.ts";
 * const difference = stax.DotGeneral({ rhs: [1, -1], dimensionNumbers: [[[1], [0]], [[], []]] });
 * const nngp = await difference.kernelFn([[[5], [2]]], null, "nngp");
 * if (nngp.at(0, 0) !== 9) throw new Error("(5 − 2)² must be 9");
 * ```
 */
export function DotGeneral(options: DotGeneralOptions = {}): Network<DotGeneral> {
  const o = withDefaults<Required<DotGeneralOptions>>("build DotGeneral", {
    lhs: null,
    rhs: null,
    dimensionNumbers: [[[], []], [[], []]],
    ...usualAxes,
  }, options);
  if (o.lhs !== null && o.rhs !== null) {
    throw new TypeError(
      "Cannot build DotGeneral as one of lhs and rhs must be null: current value is an array for both",
    );
  }
  const { dimensionNumbers } = o;
  if (!isDimensionNumbers(dimensionNumbers)) {
    throw new TypeError(
      "Cannot build DotGeneral as dimensionNumbers must be [[summed left, summed right], [in step left, in step right]]: " +
        `current value is ${showData(dimensionNumbers)}`,
    );
  }
  const [lhs, rhs] = [constant("lhs", o.lhs), constant("rhs", o.rhs)];
  return network({ type: "DotGeneral", ...checkAxes("DotGeneral", o), lhs, rhs, dimensionNumbers });
}

registerOneBranch<DotGeneral>("DotGeneral", {
  kernel: transformed,
  init(layer, _key, shape) {
    const other = otherOf(layer);
    if (!other) return [shape, null];
    const [left, right] = layer.lhs ? [other.shape, shape] : [shape, other.shape];
    return [dotShape(left, right, layer.dimensionNumbers), null];
  },
  apply: (layer, _params, x) => product(layer, x),
  traits: (_layer, [input]) => ({ ...input, isSpatial: false }),
  axes: (layer) => layer,
  outAxes: (layer, axes, rank) => isScalar(layer) ? axes : outAxesOf(layer, axes, rank),
  mask(layer, [mask]) {
    if (isScalar(layer)) return mask;
    const axes = locate("DotGeneral", layer, mask.positions.length + 2);
    const { map, positions } = mapOf(layer, mask.positions, axes);
    return whereAllReadIsMasked(mask, [map], positions);
  },
});

reads("DotGeneral", [], DotGeneral);

function constant(name: string, value: ArrayInput | null): Constant | null {
  if (value === null) return null;
  const a = finiteArray(value, name);
  return { shape: [...a.shape], data: [...a.data] };
}

function isDimensionNumbers(value: unknown): value is DotDimensionNumbers {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 &&
    pair.every((axes) => Array.isArray(axes) && axes.every(Number.isInteger)) &&
    pair[0].length === pair[1].length;
  return Array.isArray(value) && value.length === 2 && value.every(isPair);
}

const otherOf = ({ lhs, rhs }: DotGeneral): Constant | null => lhs ?? rhs;

/** The product is one with a number, or none. */
const isScalar = (layer: DotGeneral) => (otherOf(layer)?.shape.length ?? 0) === 0;

function product(layer: DotGeneral, x: NdArray<Float64Array>): NdArray<Float64Array> {
  const other = otherOf(layer);
  if (!other) return x;
  const factor = new NdArray(Float64Array.from(other.data), other.shape);
  const { dimensionNumbers } = layer;
  return layer.lhs ? dotGeneral(factor, x, dimensionNumbers) : dotGeneral(x, factor, dimensionNumbers);
}

function transformed(layer: DotGeneral, k: KernelExpr, context: Context): KernelExpr {
  const other = otherOf(layer);
  if (!other) return k;
  if (other.shape.length === 0) {
    const square = other.data[0] ** 2;
    return { ...scaled(k, square), ntk: k.ntk.mul(square) };
  }
  if (k.positions.length === 0) {
    throw new UnsupportedError(
      "Cannot compute the kernel of DotGeneral as its input must have positions: " +
        `current value is vectors and a factor of shape [${other.shape.join(", ")}], use a number`,
    );
  }
  const { map, positions, axes } = mapOf(layer, k.positions, k);
  return { ...mapAllPositions(k, map, positions, context), ...axes };
}

/** What the product does to positions, and the axes of its output. */
function mapOf(layer: DotGeneral, positions: readonly number[], given: Axes) {
  const axes = outAxesOf(layer, given, positions.length + 2);
  const { rows, positions: outPositions } = matrixOf(layer, positions, given, axes);
  return { map: linear(countOf(positions), rows), positions: outPositions, axes };
}

/** The axes of examples and features after a product with an array. */
function outAxesOf(layer: DotGeneral, given: Axes, rank: number): Axes {
  const other = otherOf(layer)!;
  const { batch, free } = rolesOf(layer.dimensionNumbers, layer.lhs ? 1 : 0, rank);
  for (const axis of [given.batchAxis, given.channelAxis]) {
    if (free.includes(axis)) continue;
    throw new UnsupportedError(
      "Cannot compute the kernel of DotGeneral as dimensionNumbers must not name the axis of the examples or features: " +
        `current value is ${axis}`,
    );
  }
  // Where the free axes of the input and those of the constant come in the product.
  const others = rolesOf(layer.dimensionNumbers, layer.lhs ? 0 : 1, other.shape.length).free.length;
  const first = batch.length + (layer.lhs ? others : 0);
  return {
    batchAxis: first + free.indexOf(given.batchAxis),
    channelAxis: first + free.indexOf(given.channelAxis),
  };
}

/** The matrix over positions: what the product does to one example whose features are the unit vectors of all positions. */
function matrixOf(layer: DotGeneral, positions: readonly number[], axes: Axes, outAxes: Axes) {
  const size = countOf(positions);
  const units = new Float64Array(size * size);
  for (let p = 0; p < size; p++) units[p * size + p] = 1;
  const example = restored("DotGeneral", axes, new NdArray(units, [1, ...positions, size]));
  const { x, positions: out } = canonical("DotGeneral", outAxes, product(layer, example));
  const rows = Array.from({ length: countOf(out) }, (_, P) => x.data.subarray(P * size, (P + 1) * size));
  return { rows, positions: out };
}
