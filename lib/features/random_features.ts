/** Features of networks from finite ones with random weights. */
import { UnsupportedError } from "../errors.ts";
import { isShapes, type Layer, type ShapeTree } from "../network/layer.ts";
import { type Network, network as networkOf } from "../network/network.ts";
import { integer, oneOf, outOfRange, withDefaults, wrongType } from "../options.ts";
import { afterEntries, beginCall } from "../pause.ts";
import { Key } from "../random/mod.ts";
import { ACTION, ownCallOptions, requireKey, requireNetwork, rowsOfShape } from "./call.ts";
import { requireGradients } from "./finite/dense_layers.ts";
import { requireFinite } from "./finite/fit.ts";
import type {
  FeatureBackend,
  FeatureMap,
  FeaturesOf,
  RandomFeatureOptions,
  RandomInputs,
} from "./network_features.ts";
import { widened } from "./finite/widen.ts";

const NAMES = ["nngp", "ntk"] as const;

/**
 * Features of a finite network f with random weights, the network itself with other widths: its outputs for the NNGP, and its gradients for
 * the NTK, φ(x)·φ(y) → K(x, y) as widths grow.
 *
 * φ(x) = f(x)/√D of D outputs for the NNGP (Novak et al. 2019, arXiv:1810.05148), of networks over vectors or images; of one hidden layer the
 * mean over keys is the kernel exactly, of more up to O(1/`width`). For the NTK, ψ(x) = (…, Sₗ(hₗ₋₁ ⊗ δₗ), …) with the gradient of every
 * `Dense` layer z = W·h + b in W and b, the product of its input h and of δ = ∂f/∂z (Jacot et al. 2018, arXiv:1806.07572), and sketches S of
 * tensor products that leave inner products as they are in the mean (`sketching.TensorSRHT`), with as many columns a layer. That takes
 * a network of `Dense`, in the NTK parameterization, and nonlinearities in series; for others ask for the NNGP alone.
 *
 * Errors come from finite widths as well as from few columns. Of a row, a layer takes `width`² multiplications, and a 3 × 3 convolution
 * 9 · `width`² at every position: choose less than the default there.
 *
 * @param network With one output a row, as after `Flatten()` or `GlobalAvgPool()`; the widths of its layers do not matter.
 * @param options `sketchDim` (default 1024), `width` (default `sketchDim`), and `get`, such as `["nngp"]` (default both kernels)
 * @throws {TypeError} for anything but a network, and for options that there are none of.
 * @throws {RangeError} for options out of range, and fewer columns than the network has positions or twice its `Dense` layers.
 * @throws {UnsupportedError} for layers that have no such finite version, and for NTKs of other networks than described.
 *
 * @example Images
 * ```ts
 * import assert from "node:assert/strict";
 * import { features, random, stax } from "../../mod.ts";
 *
 * const network = stax.serial(stax.Conv(1, [3, 3]), stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1));
 * const images = random.normal(random.key(1), [10, 5, 5, 3]);
 * const options = { sketchDim: 256, width: 128, get: ["nngp"] } as const;
 * const { initFn, featureFn } = features.randomFeatures(network, options);
 * const { nngp, error } = await featureFn(images, initFn(random.key(0), [-1, 5, 5, 3]));
 * assert.deepEqual(nngp.shape, [10, 256]);
 * assert.ok(error!.nngp.value < 0.2);
 * ```
 */
export function randomFeatures<K extends "nngp" | "ntk" = "nngp" | "ntk">(
  network: Network,
  options: RandomFeatureOptions<K> = {},
): FeatureMap<RandomInputs, FeatureBackend, K> {
  requireNetwork(network);
  const plan = { layer: network, kernelFn: network.kernelFn, ...checkedOptions(options) };
  requireFinite(network);
  if (plan.names.includes("ntk")) requireGradients(network, plan.sketchDim);
  return {
    initFn: (key, inputShape) => {
      requireKey(key);
      const [, ...shape] = requireShape(inputShape);
      return { key, shape, channels: channelsFor(network, key, shape, plan.sketchDim) };
    },
    featureFn: async (x, inputs, options = {}) => {
      beginCall();
      const o = ownCallOptions(options, ["auto", "reference"]);
      if (!(inputs?.key instanceof Key) || !Array.isArray(inputs.shape)) {
        throw wrongType(ACTION, "inputs", "what initFn returns", inputs);
      }
      const rows = rowsOfShape(x, inputs.shape);
      await afterEntries(rows.size);
      const { mapRandomly } = await import("./finite/random_map.ts");
      return await mapRandomly(plan, rows, inputs, o) as FeaturesOf<K, never>;
    },
  };
}

function checkedOptions(options: RandomFeatureOptions) {
  const defaults: RandomFeatureOptions = { sketchDim: 1024, width: undefined, get: NAMES };
  const { sketchDim, width, get } = withDefaults(ACTION, defaults, options);
  integer(ACTION, "sketchDim", sketchDim!, 1);
  if (width !== undefined) integer(ACTION, "width", width, 1);
  if (!Array.isArray(get) || get.length === 0) throw wrongType(ACTION, "get", "a list of names", get);
  get.forEach((name, i) => oneOf(ACTION, `get[${i}]`, name, NAMES));
  return {
    sketchDim: sketchDim!,
    width: width ?? sketchDim!,
    names: NAMES.filter((name) => get.includes(name)),
  };
}

function requireShape(shape: readonly number[]): readonly number[] {
  if (Array.isArray(shape)) return shape;
  throw wrongType(ACTION, "inputShape", "[-1, features] or [-1, …positions, features]", shape);
}

/** How many channels of the last layer with weights give the columns there may be: a network with one each says how many these give. */
function channelsFor(layer: Layer, key: Key, shape: readonly number[], sketchDim: number): number {
  const [outputs] = networkOf(widened(layer, { hidden: 1, last: 1 })).initFn(key, [-1, ...shape]);
  const columns = columnsOf(outputs);
  if (columns <= sketchDim) return Math.floor(sketchDim / columns);
  throw outOfRange(ACTION, "sketchDim", `at least ${columns} for the NNGP of this network`, sketchDim);
}

/** The columns of outputs of a shape, which must be those of one a row. */
function columnsOf(outputs: ShapeTree): number {
  if (!isShapes(outputs) && outputs.length === 2 && outputs[0] === -1) return outputs[1] as number;
  const [is, remedy] = isShapes(outputs)
    ? [`${outputs.length} branches`, "FanInSum()"]
    : ["an output at positions", "Flatten() or GlobalAvgPool()"];
  throw new UnsupportedError(
    `Cannot ${ACTION} as the network must have one output a row: current value is ${is}, add ${remedy}`,
  );
}
