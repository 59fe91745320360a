/** Functions that an infinitely wide network stands for before there are data. */
import { integer, oneOf, withDefaults } from "../../options.ts";
import { NAMES } from "../kernels.ts";
import type { Prior } from "./interfaces.ts";
import { type KernelGiver, KernelSource } from "./kernel_source.ts";
import { inputsOf, type RegressionOptions } from "./regression_options.ts";
import { watched } from "./watched.ts";

/** Options of `prior`. */
export interface PriorOptions extends Pick<RegressionOptions, "kernel" | "backend" | "dtype"> {
  /** Number of outputs; default 1 */
  readonly outputs?: number;
}

/**
 * The Gaussian process f ~ N(0, K) of an infinitely wide network, K being its NNGP kernel (default) or its NTK, to draw samples from:
 * Neal 1996; Lee et al. 2018 (arXiv:1711.00165).
 *
 * Samples at n points cost an eigendecomposition, about 10·n³ operations; equal points get equal values.
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
  const defaults: Required<PriorOptions> = { kernel: "nngp", backend: "auto", dtype: "float64", outputs: 1 };
  const { kernel, backend, dtype, outputs } = withDefaults("draw from a prior", defaults, options);
  oneOf("draw from a prior", "kernel", kernel, NAMES);
  oneOf("draw from a prior", "dtype", dtype, ["float64", "float32"]);
  integer("draw from a prior", "outputs", outputs, 1);
  const source = new KernelSource(network, kernel, { backend, dtype });
  return {
    sample: async (x, key, count = 1, watch = {}) => {
      const inputs = inputsOf(x, "x");
      integer("draw from a prior", "count", count, 1);
      const covariance = await source.between(inputs, null, watched("draw from a prior", watch));
      const { drawn } = await import("../engine.ts");
      return await drawn(covariance, { key, count, outputs });
    },
  };
}
