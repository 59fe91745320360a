/** Pooling over windows. */
import { reads } from "../network/reading.ts";
import { NdArray } from "../array/mod.ts";
import { type AxisMap, type Padding, pooling, type Window } from "../spatial/axis.ts";
import { transform } from "../spatial/finite.ts";
import {
  type Axes,
  type AxisOptions,
  canonical,
  canonicalShape,
  checkAxes,
  restored,
  restoredShape,
} from "../network/axes.ts";
import { flag, withDefaults } from "../options.ts";
import { mapPositions } from "../network/kernel_expr.ts";
import { type Layer } from "../network/layer.ts";
import { atCenters, wholePositions } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";
import { checkWindows, windowsAt } from "./conv/windows.ts";

/** Options of `AvgPool` and `SumPool`. */
export interface PoolOptions extends AxisOptions {
  /** Steps of the window, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `VALID` (default): whole windows only; `SAME`: zeros around the input; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
}

/** Options of `AvgPool`. */
export interface AvgPoolOptions extends PoolOptions {
  /** Divide by the positions inside the input instead of all of the window (with `SAME` padding); default false */
  readonly normalizeEdges?: boolean;
}

/** The description of a pooling layer. */
export interface Pool extends Layer, Axes {
  /** The name of the layer */
  readonly type: "AvgPool" | "SumPool";
  /** One size an axis of positions */
  readonly windowShape: readonly number[];
  /** Steps of the window, one an axis */
  readonly strides: readonly number[];
  /** What windows see beyond the input */
  readonly padding: Padding;
  /** Divide by the positions inside the input (`AvgPool`) */
  readonly normalizeEdges?: boolean;
}

/**
 * The mean over windows: K and Θ become their means over all pairs of positions of two windows.
 *
 * @param windowShape one size an axis of positions
 * @throws {RangeError} for a size or stride that is not a positive integer, or an unknown padding.
 *
 * @example Windows of two positions
 * ```ts
 * import * as stax from "./mod.ts";
 * const pooled = await stax.AvgPool([2]).kernelFn([[[1], [3], [5]]], null, "cov1");
 * if (String(pooled.toNested()) !== "4,8,8,16") throw new Error("the means 2 and 4 have these products");
 * ```
 */
export function AvgPool(windowShape: readonly number[], options: AvgPoolOptions = {}): Network<Pool> {
  return pool("AvgPool", windowShape, options);
}

/**
 * The sum over windows: K and Θ become their sums over all pairs of positions of two windows. See `AvgPool`.
 *
 * @param windowShape one size an axis of positions
 * @throws {RangeError} for a size or stride that is not a positive integer, or an unknown padding.
 *
 * @example Windows of two positions
 * ```ts
 * import * as stax from "./mod.ts";
 * const pooled = await stax.SumPool([2]).kernelFn([[[1], [3], [5]]], null, "cov1", { backend: "reference" });
 * if (String(pooled.toNested()) !== "16,32,32,64") throw new Error("the sums 4 and 8 have these products");
 * ```
 */
export function SumPool(windowShape: readonly number[], options: PoolOptions = {}): Network<Pool> {
  return pool("SumPool", windowShape, withDefaults<PoolOptions>("build SumPool", { ...defaults }, options));
}

const defaults: Required<PoolOptions> = { strides: null, padding: "VALID", batchAxis: 0, channelAxis: -1 };

function pool(type: Pool["type"], windowShape: readonly number[], options: AvgPoolOptions): Network<Pool> {
  const all = { ...defaults, normalizeEdges: false };
  const o = withDefaults<Required<AvgPoolOptions>>(`build ${type}`, all, options);
  const strides = checkWindows(type, { ...o, name: "windowShape", sizes: windowShape });
  checkAxes(type, o);
  flag(`build ${type}`, "normalizeEdges", o.normalizeEdges);
  const { normalizeEdges, padding, batchAxis, channelAxis } = o;
  const edges = type === "AvgPool" ? { normalizeEdges } : {};
  return network({ type, windowShape, strides, padding, ...edges, batchAxis, channelAxis });
}

for (const [type, constructor] of Object.entries({ AvgPool, SumPool })) {
  registerOneBranch<Pool>(type, {
    kernel: (layer, k, context) =>
      mapPositions(k, { axes: mapsOf(layer, k.positions), local: false }, context),
    init(layer, _key, shape) {
      const [count, ...rest] = canonicalShape(type, layer, shape);
      const outPositions = mapsOf(layer, rest.slice(0, -1)).map((axis) => axis.outSize);
      return [restoredShape(type, layer, [count, ...outPositions, rest[rest.length - 1]]), null];
    },
    apply(layer, _params, given) {
      const { x, count, positions, width } = canonical(type, layer, given);
      const axes = mapsOf(layer, positions);
      const data = transform(axes, x.data, width);
      return restored(type, layer, new NdArray(data, [count, ...axes.map((axis) => axis.outSize), width]));
    },
    traits: ({ windowShape }, [input]) => ({
      ...input,
      isSpatial: input.isSpatial || windowShape.length > 0,
    }),
    axes: (layer) => layer,
    mask: (layer, [mask]) => atCenters(wholePositions(type, mask), windowsOf(layer, mask.positions)),
    remask: true,
  });
  reads(type, ["windowShape"], constructor);
}

function mapsOf(layer: Pool, positions: readonly number[]): AxisMap[] {
  const { type, normalizeEdges = false } = layer;
  const how = { average: type === "AvgPool", normalizeEdges };
  return windowsOf(layer, positions).map((window, i) => pooling(positions[i], window, how));
}

function windowsOf(
  { type, windowShape: sizes, strides, padding }: Pool,
  positions: readonly number[],
): Window[] {
  return windowsAt(type, { name: "windowShape", sizes, strides, padding }, positions, true);
}
