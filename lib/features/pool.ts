/** Pooling. */
import { flag, withDefaults } from "../options.ts";
import type { Padding } from "../spatial/axis.ts";
import { checkWindows, windowsAt } from "../stax/conv/windows.ts";
import { positionsAfter } from "./conv.ts";
import { USUAL_AXES } from "./dense.ts";
import { type FeatureLayer, featureLayer, requireOnly } from "./layer.ts";

/** Options of `AvgPoolFeatures`. */
export interface AvgPoolFeaturesOptions {
  /** Steps of the window, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `VALID` (default): whole windows only; `SAME`: zeros around the input; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
  /** Divide by the positions inside the input instead of all of the window (with `SAME` padding); default false */
  readonly normalizeEdges?: boolean;
  /** 0, the only axis of examples */
  readonly batchAxis?: 0;
  /** −1, the only axis of features */
  readonly channelAxis?: -1;
}

/**
 * Features of `stax.AvgPool`: their means over windows, as pooling is linear. Nothing is random in them.
 *
 * @param windowShape one size an axis of positions
 * @param options `strides` (default 1 each), `padding` ("VALID"), `normalizeEdges` (false)
 * @throws {RangeError} for a size or stride that is not a positive integer, or an unknown padding.
 * @throws {TypeError} for an unknown option, or points with another number of axes.
 * @throws {UnsupportedError} for axes other than the first and the last.
 *
 * @example Means of two positions
 * ```ts
 * import assert from "node:assert/strict";
 * import { features } from "../../mod.ts";
 *
 * const { nngp } = await features.serial(features.AvgPoolFeatures([2])).featureFn([[[1], [3], [5]]]);
 * assert.deepEqual("re" in nngp || nngp.toNested(), [[[2], [4]]]);
 * ```
 */
export function AvgPoolFeatures(
  windowShape: readonly number[],
  options: AvgPoolFeaturesOptions = {},
): FeatureLayer<null> {
  const o = withDefaults<Required<AvgPoolFeaturesOptions>>("build AvgPoolFeatures", {
    strides: null,
    padding: "VALID",
    normalizeEdges: false,
    batchAxis: 0,
    channelAxis: -1,
  }, options);
  const windows = { name: "windowShape", sizes: windowShape, padding: o.padding } as const;
  const strides = checkWindows("AvgPoolFeatures", { ...windows, strides: o.strides });
  flag("build AvgPoolFeatures", "normalizeEdges", o.normalizeEdges);
  requireOnly("AvgPoolFeatures", o, USUAL_AXES);
  const sizes = [...windowShape];
  const at = (positions: readonly number[]) =>
    windowsAt("AvgPoolFeatures", { ...windows, sizes, strides }, positions, true);
  return featureLayer(
    "AvgPoolFeatures",
    (shape) => {
      const positions = shape.nngp.slice(1, -1);
      const after = positionsAfter(positions, at(positions));
      const pool = (given: readonly number[]) => [given[0], ...after, given[given.length - 1]];
      return [{ ...shape, nngp: pool(shape.nngp), ntk: shape.ntk && pool(shape.ntk) }, null];
    },
    (compute, state) => compute.pooled(state, at(state.nngp.shape.slice(1, -1)), o.normalizeEdges),
  );
}
