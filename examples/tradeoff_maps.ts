/** Feature maps of the NTK that can be compared: each is drawn anew for a dimension and a key. */
import { rowRange } from "../lib/array/mod.ts";
import { type DType, features, type NdArray, random, type stax } from "../mod.ts";

/** A map that is drawn: the features of some inputs. */
export type DrawnMap = (
  x: NdArray,
  options: { readonly errorRows: number; readonly onProgress?: (progress: { done: number }) => void },
) => Promise<features.FeaturesOf<"ntk", Float64Array | Float32Array>>;

/** A family of maps. */
export interface TradeoffMap {
  readonly name: string;
  /** The most columns that it may have. */
  readonly most: number;
  readonly draw: (dimension: number, key: random.Key) => DrawnMap;
}

/** How features, and the kernels that some of them take, are computed. */
export interface MapOptions {
  /** Of kernels. */
  readonly backend: string;
  readonly dtype: DType;
}

/**
 * Sketches, random features where they are of the NTK, which takes inputs without positions, and landmarks among the inputs `x`. Sketches
 * and landmarks give features of the NNGP along with those of the NTK, and take the time of both.
 */
export function tradeoffMaps(
  network: stax.Network,
  x: NdArray<Float64Array>,
  { backend, dtype }: MapOptions,
): TradeoffMap[] {
  const shape = [-1, ...x.shape.slice(1)];
  const sketches: TradeoffMap = {
    name: "sketches",
    most: Infinity,
    draw: (sketchDim, key) => drawn(features.fromNetwork(network, { sketchDim }), key, shape, { dtype }),
  };
  const randomFeatures: TradeoffMap = {
    name: "random features",
    most: Infinity,
    draw: (sketchDim, key) =>
      drawn(features.randomFeatures(network, { sketchDim, get: ["ntk"] }), key, shape, { dtype }),
  };
  const nystrom: TradeoffMap = {
    name: "Nyström",
    most: x.shape[0],
    draw: (dimension, key) => {
      const landmarks = rowRange(random.permutation(key, x) as typeof x, 0, dimension);
      return drawn(features.nystrom(network, landmarks), key, shape, { dtype, backend });
    },
  };
  return x.shape.length === 2 ? [sketches, randomFeatures, nystrom] : [sketches, nystrom];
}

function drawn<Inputs, Backend extends string>(
  { initFn, featureFn }: features.FeatureMap<Inputs, Backend, "ntk">,
  key: random.Key,
  shape: readonly number[],
  call: features.FeatureFnOptions<DType, Backend>,
): DrawnMap {
  const inputs = initFn(key, shape);
  return (x, options) => featureFn(x, inputs, { ...call, ...options });
}
