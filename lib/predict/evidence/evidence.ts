/** The evidence of a network for some data, and how it changes with the options of its layers. */
import type { ArrayInput } from "../../array/mod.ts";
import type { Network } from "../../network/network.ts";
import { withDefaults } from "../../options.ts";
import { commonDefaults, dataOf, type EvidenceSettings } from "./settings.ts";
import { type FreeNames, named, variablesOf } from "./variables.ts";

/** Options of `evidence`. */
export interface EvidenceOptions extends EvidenceSettings {
  /**
   * What to differentiate in, by name: a list, or an object of lists, each of which changes together, as in
   * `{ wStd: ["0.wStd", "2.wStd"] }`; default null: everything. See `evidence` for the names.
   */
  readonly free?: FreeNames | null;
}

/** The evidence, and its gradient. */
export interface Evidence {
  /** log p(y), summed over outputs. */
  readonly logMarginalLikelihood: number;
  /** Its derivative in each name of `free`; of a group, when all of its members change by the same. */
  readonly gradient: Readonly<Record<string, number>>;
}

const ACTION = "compute the evidence";

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
 * matrix for any of them. Derivatives at kinks, such as in `a` of a rectifier whose input is 0, are those to one side.
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
  const { free, ...o } = withDefaults<Required<EvidenceOptions>>(
    ACTION,
    { ...commonDefaults, free: null },
    options,
  );
  const data = dataOf(ACTION, [network, x, y], o);
  const variables = variablesOf(ACTION, free, data.quantities);
  const { differentiated } = await import("../engine.ts");
  const { logMarginalLikelihood, gradient } = await differentiated(
    { ...o, ...data, action: ACTION, objective: "evidence", variables },
    variables.map(({ value }) => value),
  );
  return { logMarginalLikelihood, gradient: named(variables, gradient) };
}
