/** The evidence of a network for some data, and how it changes with the options of its layers. */
import { type ArrayInput, ownArray } from "../../array/mod.ts";
import type { Network } from "../../network/network.ts";
import { requireObject } from "../../options.ts";
import { copied } from "./copied.ts";
import type { Evidence, EvidenceOptions } from "./interfaces.ts";

/**
 * The log marginal likelihood of targets under the Gaussian process of an infinitely wide network, and its gradient in the continuous
 * options of the layers:
 *
 * log p(Y) = −½·tr(Yᵀ·A⁻¹·Y) − (c/2)·log det A − (n·c/2)·log 2π with A = outputScale·K + noise·I for n points and c outputs, and
 * ∂ log p/∂θ = tr(W·∂A/∂θ) with W = ½·(α·αᵀ − c·A⁻¹), α = A⁻¹·Y (Rasmussen & Williams 2006, eq. 5.8 and 5.9).
 *
 * Names are `"noise"`, `"outputScale"`, and the paths of options: the index of the layer in `serial`, then its option, as in `"0.wStd"`
 * and `"2.bStd"`. Layers in layers have an index each, `"1.0.wStd"`, a layer alone has none, `"wStd"`, and the coefficients of a
 * polynomial have one behind, `"1.coef.2"`. Options that are null are not there.
 *
 * ∂K/∂θ comes from the network's expressions, differentiated symbolically, in all options in one pass over the pairs that keeps no
 * matrix for any of them. A kink counts as 0, such as that of an NTK in `bStd` = 0 for two points on one ray.
 *
 * @param x inputs of the training points, shape [n, features] or [n, …positions, features]
 * @param y targets, shape [n] or [n, outputs]
 * @throws {TypeError} for a network that is none, names that are none, and targets of another shape.
 * @throws {RangeError} for entries that are not finite, a negative noise, a scale that is not positive, members of a group that differ.
 * @throws {UnsupportedError} if the outputs are not Gaussian; and with an exact gradient in options of layers for inputs with positions
 * and for nonlinearities without a closed form: `gradient: "differences"` works there.
 * @throws {NotPositiveDefiniteError} if A is singular to rounding: raise the noise.
 *
 * @example One point, K = wStd²·x²
 * ```ts
 * import assert from "node:assert/strict";
 * import * as stax from "../../stax/mod.ts";
 * import { evidence } from "./evidence.ts";
 *
 * const { logMarginalLikelihood, gradient } = await evidence(stax.Dense(1, { wStd: 2 }), [[1]], [3], { noise: 1 });
 * assert.ok(Math.abs(logMarginalLikelihood + (9 / 5 + Math.log(5) + Math.log(2 * Math.PI)) / 2) < 1e-15);
 * // ½·(α² − 1/5)·∂K/∂wStd with α = 3/5 and ∂K/∂wStd = 2·wStd
 * assert.ok(Math.abs(gradient.wStd - (9 / 25 - 1 / 5) / 2 * 4) < 1e-15);
 * assert.deepEqual(Object.keys(gradient), ["wStd", "noise", "outputScale"]);
 * ```
 */
export async function evidence(
  network: Network,
  x: ArrayInput,
  y: ArrayInput,
  options: EvidenceOptions = {},
): Promise<Evidence> {
  const data = { network, x: ownArray(x, "x"), y: ownArray(y, "y") };
  const own = copied(requireObject("compute the evidence", "its options", options), ["free"]);
  const { evidenceOf } = await import("./evidence_of.ts");
  return await evidenceOf(data, own);
}
