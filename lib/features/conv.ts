/** The convolution. */
import { countOf } from "../array/mod.ts";
import { integer, withDefaults } from "../options.ts";
import { type Padding, type Window, windowGeometry } from "../spatial/axis.ts";
import { checkWindows, windowsAt } from "../stax/conv/windows.ts";
import { type FeatureLayer, featureLayer, requireOnly } from "./layer.ts";
import { checkWeights, type FeatureWeights, weightDefaults, weightedShape } from "./weights.ts";

/** Options of `ConvFeatures`. */
export interface ConvFeaturesOptions extends FeatureWeights {
  /** Steps of the filter, one an axis; default 1 each */
  readonly strides?: readonly number[] | null;
  /** `SAME` (default): zeros around the input; `VALID`: whole windows only; `CIRCULAR`: wrapped around */
  readonly padding?: Padding;
  /** null, the only value: features lie along the last axis, examples along the first */
  readonly dimensionNumbers?: null;
}

/**
 * Features of `stax.Conv`: those of all positions that a filter reads side by side, over the root of their number, then as
 * `DenseFeatures` (Han et al. 2022, arXiv:2209.04121). Nothing is random in them. They become as many times wider as the
 * filter has taps: sketch them by `ExpNormalizedFeatures`.
 *
 * @param outChan features of the finite network's output, without effect on features
 * @param filterShape one size an axis of positions
 * @param options `wStd` (default 1), `bStd` (null), `strides` (1 each), `padding` ("SAME")
 * @throws {RangeError} for a size or stride that is not a positive integer, a standard deviation that is not finite, or an
 * unknown padding.
 * @throws {TypeError} for an unknown option, or points with another number of axes.
 * @throws {UnsupportedError} for the standard parameterization, and dimension numbers.
 *
 * @example Two taps
 * ```ts
 * import assert from "node:assert/strict";
 * import { features } from "../../mod.ts";
 *
 * const { serial, ConvFeatures } = features;
 * const { nngp } = await serial(ConvFeatures(1, [2], { wStd: 2 })).featureFn([[[1], [3]]]);
 * assert("re" in nngp || Math.abs(nngp.at(0, 0, 1) - 3 * Math.SQRT2) < 1e-14);
 * ```
 */
export function ConvFeatures(
  outChan: number,
  filterShape: readonly number[],
  options: ConvFeaturesOptions = {},
): FeatureLayer<null> {
  integer("build ConvFeatures", "outChan", outChan, 1);
  const o = withDefaults<Required<ConvFeaturesOptions>>("build ConvFeatures", {
    ...weightDefaults,
    strides: null,
    padding: "SAME",
    dimensionNumbers: null,
  }, options);
  checkWeights("ConvFeatures", o);
  const windows = { name: "filterShape", sizes: filterShape, padding: o.padding } as const;
  const strides = checkWindows("ConvFeatures", { ...windows, strides: o.strides });
  requireOnly("ConvFeatures", o, {
    dimensionNumbers: { value: null, instead: "transpose the points to batch, positions and features" },
  });
  const sizes = [...filterShape];
  const at = (positions: readonly number[]) =>
    windowsAt("ConvFeatures", { ...windows, sizes, strides }, positions, true);
  return featureLayer("ConvFeatures", (shape) => {
    const [batch, ...rest] = shape.nngp;
    const positions = positionsAfter(rest.slice(0, -1), at(rest.slice(0, -1)));
    const wider = (
      [...given]: readonly number[],
    ) => [batch, ...positions, given[given.length - 1] * countOf(sizes)];
    const next = { ...shape, nngp: wider(shape.nngp), ntk: shape.ntk && wider(shape.ntk) };
    return [weightedShape(next, o.bStd), null];
  }, (compute, state) => compute.convolved(state, at(state.nngp.shape.slice(1, -1)), o));
}

/** The positions of the output of windows. */
export const positionsAfter = (positions: readonly number[], windows: readonly Window[]): number[] =>
  positions.map((size, axis) => windowGeometry(size, windows[axis]).outSize);
