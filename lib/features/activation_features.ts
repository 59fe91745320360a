/** The layer of any nonlinearity. */
import { Key, split } from "../random/mod.ts";
import { NdArray } from "../array/mod.ts";
import type { Layer } from "../network/layer.ts";
import { isNonlinearity } from "../network/nonlinearity.ts";
import type { Network } from "../network/network.ts";
import { integer, requireNames, requireObject, wrongType } from "../options.ts";
import { drawSigns } from "../sketching/draws.ts";
import { powerOfTwo } from "../sketching/walsh_hadamard.ts";
import { activated } from "./activated.ts";
import { type FeatureLayer, featureLayer } from "./layer.ts";
import type { ActivationInputs } from "./state.ts";
import { forwardOf } from "./spatial/forward.ts";
import { ROUNDS } from "./spatial/project.ts";

/** Options of `ActivationFeatures`. */
export interface ActivationFeaturesOptions {
  /** Features of each kernel; default 1024 */
  readonly sketchDim?: number;
}

const NAME = "ActivationFeatures";

/**
 * Features of any nonlinearity φ of `stax` with a derivative: φ(z)/√D for K′ = E[φ(u)φ(v)] and φ′(z)·g/√D for Θ′ = E[φ′(u)φ′(v)]·Θ, with
 * D = `sketchDim` projections z of the features of K and g of those of Θ by randomised Hadamard transforms. Inner products are unbiased
 * up to terms of the order 1/D; their errors are of the order 1/√D. The Python package has sketches of one nonlinearity
 * (`ExpNormalizedFeatures`); `fromNetwork` has errors that do not grow with depth over vectors.
 *
 * @param activation a nonlinearity, as `stax.Relu()`
 * @param options `sketchDim` (default 1024)
 * @throws {RangeError} if `sketchDim` is not a positive integer.
 * @throws {TypeError} for anything but a nonlinearity, an unknown option, and when it is applied for choices that do not fit.
 * @throws {UnsupportedError} for a nonlinearity without a function, or one that jumps.
 *
 * @example E[relu(u)²] is half of E[u²]
 * ```ts
 * import { features, random, stax } from "../../mod.ts";
 *
 * const { serial, DenseFeatures, ActivationFeatures } = features;
 * const network = serial(DenseFeatures(1), ActivationFeatures(stax.Relu(), { sketchDim: 4096 }));
 * const [, inputs] = network.initFn(random.key(0), [1, 2]);
 * const { nngp } = await network.featureFn([[1, 1]], inputs);
 * if ("re" in nngp) throw new Error("they are real");
 * const norm = nngp.data.reduce((sum, value) => sum + value ** 2, 0);
 * if (Math.abs(norm - 0.5) > 0.05) throw new Error("half of 1 must be about 1/2");
 * ```
 */
export function ActivationFeatures(
  activation: Network,
  options: ActivationFeaturesOptions = {},
): FeatureLayer<ActivationInputs> {
  const build = `build ${NAME}`;
  const layer: Layer = activation;
  if (!layer?.type || !isNonlinearity(layer)) {
    throw wrongType(
      build,
      "activation",
      "a nonlinearity of stax, such as stax.Relu()",
      layer?.type ?? activation,
    );
  }
  requireNames(build, "its options", ["sketchDim"], requireObject(build, "its options", options));
  const sketchDim = integer(build, "sketchDim", options.sketchDim ?? 1024, 1);
  const forward = forwardOf(layer);
  return featureLayer<ActivationInputs>(
    NAME,
    ({ nngp, ntk }, key) => {
      const [first, second] = split(key);
      const signs = (key: Key, rounds: number, width: number) =>
        drawSigns(key, [rounds, powerOfTwo(Math.max(width, sketchDim))]);
      const shape = [...nngp.slice(0, -1), sketchDim];
      const inputs = {
        nngp: signs(first, ROUNDS, nngp[nngp.length - 1]),
        ntk: ntk && signs(second, 1, ntk[ntk.length - 1]),
      };
      return [{ nngp: shape, ntk: ntk && shape, isComplex: false }, inputs];
    },
    (compute, state, inputs) => activated(compute, state, forward, sketchDim, checked(inputs)),
  );
}

function checked(inputs: ActivationInputs): ActivationInputs {
  const apply = `apply ${NAME}`;
  requireNames(apply, "inputs", ["nngp", "ntk"], requireObject(apply, "inputs", inputs));
  for (const [name, rounds] of [["nngp", ROUNDS], ["ntk", 1]] as const) {
    const signs = inputs[name];
    if (signs === null && name === "ntk") continue;
    const isWhole = signs instanceof NdArray && signs.shape.length === 2 && signs.shape[0] === rounds &&
      Number.isInteger(Math.log2(signs.shape[1]));
    if (!isWhole) throw wrongType(apply, `inputs.${name}`, "what initFn returns", signs);
  }
  return inputs;
}
