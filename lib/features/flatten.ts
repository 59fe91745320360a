/** Flattening. */
import { countOf } from "../array/mod.ts";
import { withDefaults } from "../options.ts";
import { USUAL_AXES } from "./dense.ts";
import { type FeatureLayer, featureLayer, requireOnly } from "./layer.ts";

/** Options of `FlattenFeatures`. */
export interface FlattenFeaturesOptions {
  /** 0, the only axis of examples */
  readonly batchAxis?: 0;
  /** 0, the only axis of examples of the output */
  readonly batchAxisOut?: 0;
}

/**
 * Features of `stax.Flatten`: those of all n positions side by side, over √n; the kernel is the mean over positions. Nothing is
 * random in them.
 *
 * @throws {TypeError} for an unknown option.
 * @throws {UnsupportedError} for axes of examples other than the first.
 *
 * @example Four positions
 * ```ts
 * import assert from "node:assert/strict";
 * import { features } from "../../mod.ts";
 *
 * const { nngp } = await features.serial(features.FlattenFeatures()).featureFn([[[1], [1], [1], [-1]]]);
 * assert.deepEqual("re" in nngp || nngp.toNested(), [[0.5, 0.5, 0.5, -0.5]]);
 * ```
 */
export function FlattenFeatures(options: FlattenFeaturesOptions = {}): FeatureLayer<null> {
  const defaults: Required<FlattenFeaturesOptions> = { batchAxis: 0, batchAxisOut: 0 };
  const o = withDefaults("build FlattenFeatures", defaults, options);
  const { batchAxis } = USUAL_AXES;
  requireOnly("FlattenFeatures", o, {
    batchAxis,
    batchAxisOut: { value: 0, instead: "transpose the features" },
  });
  return featureLayer(
    "FlattenFeatures",
    (shape) => {
      const flatten = ([batch, ...rest]: readonly number[]) => [batch, countOf(rest)];
      return [{ ...shape, nngp: flatten(shape.nngp), ntk: shape.ntk && flatten(shape.ntk) }, null];
    },
    (compute, state) => compute.flattened(state),
  );
}
