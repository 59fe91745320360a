/** Options of a network's layers that explain some data best. */
import { type ArrayInput, ownArray } from "../../array/mod.ts";
import type { Network } from "../../network/network.ts";
import { requireObject } from "../../options.ts";
import { copied } from "./copied.ts";
import type { Fit } from "./fitting.ts";
import type { FitOptions } from "./interfaces.ts";

/**
 * Fits continuous options of layers, the noise and the scale of the kernel to data: maximises the log marginal likelihood (see
 * `evidence`), or the log density of each target given all others (Rasmussen & Williams 2006, eq. 5.10 to 5.13), by L-BFGS within
 * bounds. Noise, scale, standard deviations and what else has to be positive are varied in logarithms.
 *
 * A point whose kernel is singular to rounding, or beyond the range of numbers, counts as infinitely bad, and steps to it are shortened;
 * only at the start of the first run it is an error. With `standardize`, `noise` and `outputScale` are in units of the standardised
 * targets, before and after, as in `predict.regression`, and densities in those of y.
 *
 * The search finds a local maximum: give `restarts` where there may be several. What scales the kernel twice, such as `outputScale` and
 * the `wStd` of the last layer, has no maximum of its own; leave one of them out of `free`.
 *
 * @param x inputs of the training points, shape [n, features] or [n, …positions, features]
 * @param y targets, shape [n] or [n, outputs]; outputs are independent and share the kernel
 * @throws {TypeError} for what `evidence` refuses as such, and bounds that are none.
 * @throws {RangeError} for a start that is not within its bounds or, of something positive, is not above 0.
 * @throws {UnsupportedError} and {NotPositiveDefiniteError} as `evidence`.
 *
 * @example The noise of targets that have nothing else
 * ```ts
 * import assert from "node:assert/strict";
 * import * as stax from "../../stax/mod.ts";
 * import { fit } from "./fit.ts";
 *
 * // With K = x² = 0 the best noise is the mean square of the targets.
 * const { noise, network, converged } = await fit(stax.Dense(1), [[0], [0], [0]], [1, 2, 2], { free: ["noise"] });
 * assert.ok(converged && Math.abs(noise - 3) < 1e-4);
 * assert.equal(network.type, "Dense");
 * ```
 */
export async function fit(
  network: Network,
  x: ArrayInput,
  y: ArrayInput,
  options: FitOptions = {},
): Promise<Fit> {
  const data = { network, x: ownArray(x, "x"), y: ownArray(y, "y") };
  const own = copied(requireObject("fit a network", "its options", options), ["free", "bounds"]);
  const { fitOf } = await import("./fit_of.ts");
  return await fitOf(data, own);
}
