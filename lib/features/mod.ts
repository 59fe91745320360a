/** Features: maps of inputs whose products are the kernels of networks. */
export {
  type FeatureFnOptions,
  type FeatureInputs,
  type FeatureMap,
  type FeatureOptions,
  type Features,
  fromNetwork,
} from "./from_network.ts";
export type { Estimate } from "./estimate.ts";
