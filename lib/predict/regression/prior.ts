/** Functions that an infinitely wide network stands for before there are data. */
import { ownArray } from "../../array/mod.ts";
import { requireObject } from "../../options.ts";
import type { Prior, PriorOptions } from "./interfaces.ts";
import type { KernelGiver } from "./kernel_source.ts";

/**
 * The Gaussian process f ~ N(0, K) of an infinitely wide network, K being its NNGP kernel (default) or its NTK, to draw samples from:
 * Neal 1996; Lee et al. 2018 (arXiv:1711.00165).
 *
 * Samples at n points cost an eigendecomposition, about 10·n³ operations; equal points get equal values. Options are checked with the first
 * sample.
 *
 * @throws {TypeError} for unknown options, and a network that is none.
 * @throws {RangeError} for a count or a number of outputs that is no positive integer.
 * @throws {UnsupportedError} for outputs at positions, or that are not Gaussian.
 *
 * @example Two functions of one variable
 * ```ts
 * import assert from "node:assert/strict";
 * import { key } from "../../random/mod.ts";
 * import { Dense, Erf, serial } from "../../stax/mod.ts";
 * import { prior } from "./prior.ts";
 *
 * const network = serial(Dense(8, { wStd: 3, bStd: 1 }), Erf(), Dense(1));
 * const functions = await prior(network).sample([[-1], [0], [1]], key(0), 2);
 * assert.deepEqual(functions.shape, [2, 3, 1]);
 * ```
 */
export function prior(network: KernelGiver, options: PriorOptions = {}): Prior {
  const own = { ...requireObject("draw from a prior", "its options", options) };
  return {
    sample: async (x, key, count = 1, watch = {}) => {
      const inputs = ownArray(x, "x");
      const { priorSamples } = await import("./prior_samples.ts");
      return await priorSamples(network, own, { inputs, key, count, watch });
    },
  };
}
