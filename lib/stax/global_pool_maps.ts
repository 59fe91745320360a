/** What pooling over all positions does to positions, axes and masks. */
import { type AxisMap, linear } from "../spatial/axis.ts";
import type { Axes } from "../network/axes.ts";
import type { Layer } from "../network/layer.ts";
import { type Mask, wholePositions } from "../network/mask.ts";

/** The description of a global pooling layer. */
export interface GlobalPool extends Layer, Axes {
  /** The name of the layer */
  readonly type: "GlobalAvgPool" | "GlobalSumPool";
}

/** The axes of examples and features, in their order, as the only ones. */
export const withoutPositions = ({ batchAxis, channelAxis }: Axes): Axes =>
  batchAxis < channelAxis ? { batchAxis: 0, channelAxis: 1 } : { batchAxis: 1, channelAxis: 0 };

/** All positions over those that are not masked. */
export function shareOf(mask: Mask): number {
  const { data } = wholePositions("GlobalAvgPool", mask);
  return data.length / Math.max(1, data.length - data.reduce((sum, entry) => sum + entry, 0));
}

/** The mean or the sum of each axis. */
export function mapsOf({ type }: GlobalPool, positions: readonly number[]): AxisMap[] {
  return positions.map((size) =>
    linear(size, [new Float64Array(size).fill(type === "GlobalAvgPool" ? 1 / size : 1)])
  );
}
