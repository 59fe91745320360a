/** Features of any network, whose inner products are its kernels. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import type { Layer } from "../network/layer.ts";
import type { Network } from "../network/network.ts";
import { integer, positive, withDefaults, wrongType } from "../options.ts";
import { afterEntries, beginCall } from "../pause.ts";
import { Key } from "../random/mod.ts";
import { ACTION, ownCallOptions, requireKey, requireNetwork, rowsOfShape } from "./call.ts";
import type { FeatureInputs, FeatureMap, FeatureOptions, NetworkFeatures } from "./network_features.ts";

const optionDefaults: Required<FeatureOptions> = { sketchDim: 1024, polyDegree: 32, variance: 1 };
/** Highest degree: powers above are as well made of waves, off by less than a hundredth of them. */
const MAX_DEGREE = 32;

/**
 * Features of a network, any of `stax` with any nonlinearity that has a derivative: φ(x)·φ(y) = K(x, y) in the mean over keys, linear in
 * the number of inputs.
 *
 * Over vectors, the kernel of the whole network is a power series K = Σₖ Gₖ(|x|, |y|)·ρᵏ in ρ, the cosine between x and y, with Gₖ
 * positive semi-definite; found by Taylor arithmetic through all layers, so that errors do not grow with depth. Low powers are exact
 * where that leaves the smaller error. All others share columns F(|x|, ⟨w, x̂⟩)/√m with random w ~ N(0, I), F = Σₖ ±gₖ·hₖ and normalised
 * Hermite polynomials hₖ, whose products have the mean ΣGₖ·ρᵏ by Mehler's formula. Of polynomials of high degree, where these would vary
 * too much, powers are sketched by products of randomised Hadamard transforms (Ahle et al. 2020, arXiv:1909.01410). Powers above
 * `polyDegree` are random Fourier features (Rahimi & Recht 2007), which are off by at most 0.3/k of them. The error of an entry is about
 * ΣGₖ/√D over the powers that are not exact. Han et al. 2022 (arXiv:2209.04121) sketch layer by layer instead.
 *
 * Over inputs with positions, such as images, features go through the layers: those that are linear act on features as on inputs, and what
 * does not fit side by side is added with random signs; a nonlinearity φ makes φ(z)/√D of projections z of the features of K by
 * randomised Hadamard transforms, and φ′(z)·g/√D, with projections g of those of Θ, since K′ = E[φ(z)φ(z′)] and Θ′ = E[φ′(z)φ′(z′)]·Θ.
 * Errors of the mean are of the order 1/D here, those of one map of 1/√D. `polyDegree` and `variance` are for vectors alone,
 * the backends `"native"` and `"webgpu"` for inputs with positions; `auto` takes the GPU for float32 where there is a fast one.
 *
 * @param network Of inputs of shape [n, features] or [n, …positions, features], with one output each.
 * @throws {TypeError} for anything but a network, and for options that there are none of.
 * @throws {RangeError} for options out of range.
 * @throws {UnsupportedError} from `featureFn` for networks that mix or select examples and, with positions, that have attention, dropout,
 * jumps, or a nonlinearity without a function.
 * @throws {BackendUnavailableError} from `featureFn` for a backend that cannot run here.
 *
 * @example Products of features are the kernel
 * ```ts
 * import assert from "node:assert/strict";
 * import { features, random, stax } from "../../mod.ts";
 *
 * const network = stax.serial(stax.Dense(1, { wStd: 1.5 }), stax.Gelu(), stax.Dense(1));
 * const x = random.normal(random.key(1), [50, 10]);
 * const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: 512 });
 * const { ntk, error } = await featureFn(x, initFn(random.key(0), [-1, 10]));
 * assert.deepEqual(ntk.shape, [50, 512]);
 * assert.ok(error!.ntk.value < 0.05);
 * ```
 */
export function fromNetwork(network: Network, options: FeatureOptions = {}): FeatureMap {
  requireNetwork(network);
  const o = withDefaults(ACTION, optionDefaults, options);
  integer(ACTION, "sketchDim", o.sketchDim, 1);
  integer(ACTION, "polyDegree", o.polyDegree, 1, MAX_DEGREE);
  positive(ACTION, "variance", o.variance);
  const layer: Layer = network;
  return {
    initFn: (key, inputShape) => {
      return { key: requireKey(key), ...rowOf(inputShape) };
    },
    featureFn: async (x, inputs, options = {}) => {
      beginCall();
      const rows = checkedRows(x, inputs);
      const hasPositions = inputs.positions.length > 0;
      const call = ownCallOptions(
        options,
        hasPositions ? ["auto", "reference", "native", "webgpu"] : ["auto", "reference"],
      );
      await afterEntries(rows.size);
      const map = hasPositions
        ? (await import("./map_images.ts")).mapImages
        : (await import("./map_vectors.ts")).mapVectors;
      return await map(layer, network.kernelFn, rows, inputs, { ...o, ...call }) as NetworkFeatures<never>;
    },
  };
}

/** The lengths of a row, in a shape of two axes or more. */
function rowOf(shape: readonly number[]): Omit<FeatureInputs, "key"> {
  if (!Array.isArray(shape) || shape.length < 2) {
    throw wrongType(ACTION, "inputShape", "[-1, features] or [-1, …positions, features]", shape);
  }
  const [, ...row] = shape.map((length, axis) =>
    axis === 0 ? length : integer(ACTION, `inputShape[${axis}]`, length, 1)
  );
  return { positions: row.slice(0, -1), width: row[row.length - 1] };
}

function checkedRows(x: ArrayInput, inputs: FeatureInputs): NdArray {
  if (!(inputs?.key instanceof Key) || !Number.isInteger(inputs.width) || !Array.isArray(inputs.positions)) {
    throw wrongType(ACTION, "inputs", "what initFn returns", inputs);
  }
  return rowsOfShape(x, [...inputs.positions, inputs.width]);
}
