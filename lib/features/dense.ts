/** The fully connected layer. */
import { integer, withDefaults } from "../options.ts";
import { type FeatureLayer, featureLayer, requireOnly } from "./layer.ts";
import { checkWeights, type FeatureWeights, weightDefaults, weightedShape } from "./weights.ts";

/** Options of `DenseFeatures`. */
export interface DenseFeaturesOptions extends FeatureWeights {
  /** 0, the only axis of examples */
  readonly batchAxis?: 0;
  /** −1, the only axis of features */
  readonly channelAxis?: -1;
}

/** Features lie along the last axis, of examples along the first. */
export const USUAL_AXES = {
  batchAxis: { value: 0, instead: "transpose the points" },
  channelAxis: { value: -1, instead: "transpose the points" },
} as const;

/**
 * Features of `stax.Dense`: [σ_W·f, σ_b] for the kernel K′ = σ_W²·K + σ_b² of the features f, and those beside σ_W·g for
 * Θ′ = K′ + σ_W²·Θ of the features g of the NTK (Jacot et al. 2018, arXiv:1806.07572). Nothing is random in them.
 *
 * @param outDim outputs of the finite network, without effect on features
 * @param options `wStd` (default 1), `bStd` (null)
 * @throws {RangeError} for an `outDim` that is not a positive integer, or a standard deviation that is not finite.
 * @throws {TypeError} for an unknown option.
 * @throws {UnsupportedError} for the standard parameterization, and axes other than the first and the last.
 *
 * @example The kernel of a linear network
 * ```ts
 * import assert from "node:assert/strict";
 * import { features } from "../../mod.ts";
 *
 * const { nngp } = await features.serial(features.DenseFeatures(1, { wStd: 2, bStd: 3 })).featureFn([[2]]);
 * assert.deepEqual("re" in nngp || nngp.toNested(), [[4, 3]]);
 * ```
 */
export function DenseFeatures(outDim: number, options: DenseFeaturesOptions = {}): FeatureLayer<null> {
  integer("build DenseFeatures", "outDim", outDim, 1);
  const defaults: Required<DenseFeaturesOptions> = { ...weightDefaults, batchAxis: 0, channelAxis: -1 };
  const o = withDefaults("build DenseFeatures", defaults, options);
  checkWeights("DenseFeatures", o);
  requireOnly("DenseFeatures", o, USUAL_AXES);
  return featureLayer(
    "DenseFeatures",
    (shape) => [weightedShape(shape, o.bStd), null],
    (compute, state) => compute.weighted(state, o),
  );
}
