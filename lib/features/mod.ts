/**
 * Random features of networks: rows whose inner products are about the kernels of a network, in time and memory that are linear in the
 * number of points (Han et al. 2022, arXiv:2209.04121).
 */
export { DenseFeatures, type DenseFeaturesOptions } from "./dense.ts";
export { ConvFeatures, type ConvFeaturesOptions } from "./conv.ts";
export { AvgPoolFeatures, type AvgPoolFeaturesOptions } from "./pool.ts";
export { FlattenFeatures, type FlattenFeaturesOptions } from "./flatten.ts";
export { ExpNormalizedFeatures, type ExpNormalizedFeaturesOptions } from "./exp_normalized.ts";
export { ActivationFeatures, type ActivationFeaturesOptions } from "./activation_features.ts";
export { serial } from "./serial.ts";
export { fromNetwork } from "./from_network.ts";
export { nystrom } from "./nystrom.ts";
export { randomFeatures } from "./random_features.ts";
export type {
  Estimate,
  FeatureBackend,
  FeatureFnOptions,
  FeatureInputs,
  FeatureMap,
  FeatureOptions,
  FeaturesOf,
  NetworkFeatures,
  NystromInputs,
  RandomFeatureOptions,
  RandomInputs,
} from "./network_features.ts";
export type { FeatureLayer } from "./layer.ts";
export type {
  ActivationInputs,
  FeatureArray,
  FeatureInput,
  Features,
  FeatureShape,
  SketchInputs,
} from "./state.ts";
export type { FeatureWeights } from "./weights.ts";
