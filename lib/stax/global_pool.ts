/** Pooling over all positions. */
import { reads } from "../network/reading.ts";
import { type GlobalPool, mapsOf, shareOf, withoutPositions } from "./global_pool_maps.ts";
import { NdArray } from "../array/mod.ts";
import { transform } from "../spatial/finite.ts";
import {
  type Axes,
  type AxisOptions,
  canonical,
  checkAxes,
  locate,
  permuted,
  usualAxes,
} from "../network/axes.ts";
import { withDefaults } from "../options.ts";
import { wholePositions } from "../network/mask.ts";
import { type Network, network } from "../network/network.ts";
import { registerOneBranch } from "../network/one_branch.ts";

/**
 * The mean over all positions: K and Θ become their means over all pairs of positions, so that everything before it has to know
 * the covariance of every pair.
 *
 * @example Three positions
 * ```ts
 * import * as stax from "./mod.ts";
 * const nngp = await stax.GlobalAvgPool().kernelFn([[[1], [3], [5]]], null, "nngp");
 * if (Math.abs(nngp.at(0, 0) - 9) > 1e-15) throw new Error("the mean 3 must give 9");
 * ```
 */
export function GlobalAvgPool(options: AxisOptions = {}): Network<GlobalPool> {
  return globalPool("GlobalAvgPool", options);
}

/**
 * The sum over all positions: K and Θ become their sums over all pairs of positions. See `GlobalAvgPool`.
 *
 * @throws {RangeError} for axes that are no integers.
 *
 * @example Three positions
 * ```ts
 * import * as stax from "./mod.ts";
 * const nngp = await stax.GlobalSumPool().kernelFn([[[1], [3], [5]]], null, "nngp", { backend: "reference" });
 * if (nngp.at(0, 0) !== 81) throw new Error("the sum 9 must give 81");
 * ```
 */
export function GlobalSumPool(options: AxisOptions = {}): Network<GlobalPool> {
  return globalPool("GlobalSumPool", options);
}

function globalPool(type: GlobalPool["type"], options: AxisOptions): Network<GlobalPool> {
  return network({ type, ...checkAxes(type, withDefaults<Axes>(`build ${type}`, usualAxes, options)) });
}

for (const [type, constructor] of Object.entries({ GlobalAvgPool, GlobalSumPool })) {
  registerOneBranch<GlobalPool>(type, {
    load: async () => (await import("./global_pool_kernel.ts")).pooledGlobally,
    init(layer, _key, shape) {
      const { batchAxis, channelAxis } = locate(type, layer, shape.length);
      return [shape.filter((_, axis) => axis === batchAxis || axis === channelAxis), null];
    },
    apply(layer, _params, given, { masks }) {
      const { x, count, positions, width } = canonical(type, layer, given);
      const pooled = transform(mapsOf(layer, positions), x.data, width);
      const shares = type === "GlobalAvgPool" && masks ? masks.map(shareOf) : null;
      const data = shares ? pooled.map((value, k) => value * shares[Math.floor(k / width)]) : pooled;
      const { batchAxis } = withoutPositions(locate(type, layer, given.shape.length));
      return permuted(new NdArray(data, [count, width]), [batchAxis, 1 - batchAxis]);
    },
    traits: (_layer, [input]) => ({ ...input, isSpatial: false }),
    axes: (layer) => layer,
    outAxes: (_layer, axes) => withoutPositions(axes),
    mask: (_layer, [mask]) => {
      const { data } = wholePositions(type, mask);
      return { positions: [], channels: 1, data: Uint8Array.of(Number(data.every((entry) => entry === 1))) };
    },
  });
  reads(type, [], constructor);
}
