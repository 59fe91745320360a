/** Pooling over all positions. */
import { NdArray } from "../array.ts";
import { type AxisMap, linear } from "../spatial/axis.ts";
import { transform } from "../spatial/finite.ts";
import { type Axes, type AxisOptions, canonical, checkAxes, locate, permuted, usualAxes } from "./axes.ts";
import { withDefaults } from "./check.ts";
import { mapPositions, requireAxes } from "./kernel_expr.ts";
import { type Layer, register } from "./layer.ts";
import { type Network, network } from "./network.ts";
import { oneArray, oneKernel, oneShape } from "./single.ts";

/** The description of a global pooling layer. */
export interface GlobalPool extends Layer, Axes {
  readonly type: "GlobalAvgPool" | "GlobalSumPool";
}

/**
 * The mean over all positions: K and Θ become their means over all pairs of positions, so that everything before it has to know
 * the covariance of every pair.
 *
 * @example
 * ```ts
 * import * as stax from "./mod.ts";
 * const nngp = await stax.GlobalAvgPool().kernelFn([[[1], [3], [5]]], null, "nngp");
 * if (Math.abs(nngp.at(0, 0) - 9) > 1e-15) throw new Error("the mean 3 must give 9");
 * ```
 */
export function GlobalAvgPool(options: AxisOptions = {}): Network<GlobalPool> {
  return globalPool("GlobalAvgPool", options);
}

/** The sum over all positions; see `GlobalAvgPool`. */
export function GlobalSumPool(options: AxisOptions = {}): Network<GlobalPool> {
  return globalPool("GlobalSumPool", options);
}

function globalPool(type: GlobalPool["type"], options: AxisOptions): Network<GlobalPool> {
  return network({ type, ...checkAxes(type, withDefaults<Axes>(type, usualAxes, options)) });
}

for (const type of ["GlobalAvgPool", "GlobalSumPool"] as const) {
  register<GlobalPool>(type, {
    kernel(layer, input, context) {
      const k = oneKernel(type, input);
      requireAxes(type, layer, k);
      if (k.positions.length === 0) return k;
      const pooled = mapPositions(k, { axes: mapsOf(layer, k.positions), local: false }, context);
      const batchFirst = k.batchAxis < k.channelAxis;
      return { ...pooled, positions: [], batchAxis: batchFirst ? 0 : 1, channelAxis: batchFirst ? 1 : 0 };
    },
    init(layer, _key, inputShape) {
      const shape = oneShape(type, inputShape);
      const { batchAxis, channelAxis } = locate(type, layer, shape.length);
      return [shape.filter((_, axis) => axis === batchAxis || axis === channelAxis), null];
    },
    apply(layer, _params, input) {
      const given = oneArray(type, input);
      const { x, count, positions, width } = canonical(type, layer, given);
      const data = transform(mapsOf(layer, positions), x.data, width);
      const { batchAxis, channelAxis } = locate(type, layer, given.shape.length);
      return permuted(new NdArray(data, [count, width]), batchAxis < channelAxis ? [0, 1] : [1, 0]);
    },
    axes: (layer) => layer,
  });
}

/** The mean or the sum of each axis. */
function mapsOf({ type }: GlobalPool, positions: readonly number[]): AxisMap[] {
  return positions.map((size) =>
    linear(size, [new Float64Array(size).fill(type === "GlobalAvgPool" ? 1 / size : 1)])
  );
}
