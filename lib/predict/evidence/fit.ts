/** Options of a network's layers that explain some data best. */
import { type ArrayInput, NdArray } from "../../array/mod.ts";
import type { Network } from "../../network/network.ts";
import { callable, flag, integer, oneOf, positive, withDefaults, wrongType } from "../../options.ts";
import { Key, key as keyOf } from "../../random/mod.ts";
import type { Fit, FitStep } from "./fitting.ts";
import type { ObjectiveName } from "./objectives.ts";
import { type Bounds, ranged } from "./ranges.ts";
import { commonDefaults, dataOf, type EvidenceSettings } from "./settings.ts";
import { type FreeNames, variablesOf } from "./variables.ts";

/** Options of `fit`. */
export interface FitOptions extends EvidenceSettings {
  /**
   * What is fitted, by the names of `evidence`: a list, or an object of lists, each of which has one value, as in
   * `{ wStd: ["0.wStd", "2.wStd"], noise: ["noise"] }`; default null: everything but what is 0.
   */
  readonly free?: FreeNames | null;
  /**
   * The lowest and the highest value by name. Default: a hundredth to a hundred times the start, for the noise 1e-4 to 1e4 times; of
   * options that may be negative, ten times their size, or 10, to both sides.
   */
  readonly bounds?: Bounds;
  /** Further runs from random starts within the bounds; default 0. */
  readonly restarts?: number;
  /** What random starts are drawn with; default `random.key(0)`. */
  readonly key?: Key;
  /** `"evidence"` (default), or `"leaveOneOut"`, the log density of each target given all others. */
  readonly objective?: ObjectiveName;
  /** Whether each output is shifted and scaled to mean 0 and variance 1 first; default false. */
  readonly standardize?: boolean;
  /** Steps of a run at most; default 100. */
  readonly maxIterations?: number;
  /** A run ends where no derivative of the objective for each target, in logarithms of positive variables, is larger; default 1e-6. */
  readonly tolerance?: number;
  /** Called with the start of each run and every step of it. */
  readonly onProgress?: (step: FitStep) => void;
}

const ACTION = "fit a network";

const defaults: Required<FitOptions> = {
  ...commonDefaults,
  free: null,
  bounds: {},
  restarts: 0,
  key: keyOf(0),
  objective: "evidence",
  standardize: false,
  maxIterations: 100,
  tolerance: 1e-6,
  onProgress: () => {},
};

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
  const o = withDefaults<Required<FitOptions>>(ACTION, defaults, options);
  const { layer, x: inputs, y: targets, quantities } = dataOf(ACTION, [network, x, y], o);
  integer(ACTION, "restarts", o.restarts, 0);
  if (!(o.key instanceof Key)) throw wrongType(ACTION, "key", "a random key, such as random.key(0)", o.key);
  oneOf(ACTION, "objective", o.objective, ["evidence", "leaveOneOut"]);
  flag(ACTION, "standardize", o.standardize);
  integer(ACTION, "maxIterations", o.maxIterations, 0);
  positive(ACTION, "tolerance", o.tolerance);
  callable(ACTION, "onProgress", o.onProgress);
  const all = variablesOf(ACTION, o.free, quantities);
  const variables = o.free === null ? all.filter(({ value }) => value !== 0) : all;
  const ranges = ranged(ACTION, variables, o.bounds);
  const { matrix, logVolume } = o.standardize ? standardized(targets) : { matrix: targets, logVolume: 0 };
  const { bestFit } = await import("../engine.ts");
  const { kernel, objective, gradient, backend, signal } = o;
  return await bestFit(
    {
      action: ACTION,
      layer,
      x: inputs,
      y: matrix,
      quantities,
      variables,
      kernel,
      objective,
      gradient,
      backend,
      signal,
    },
    { ...o, ranges, shift: -targets.shape[0] * logVolume },
  );
}

/** The targets with mean 0 and variance 1 of each output, and Σ log of what they were divided by. */
function standardized(
  { data, shape }: NdArray<Float64Array>,
): { matrix: NdArray<Float64Array>; logVolume: number } {
  const [n, outputs] = shape;
  const own = data.slice();
  let logVolume = 0;
  for (let c = 0; c < outputs; c++) {
    let [mean, squares] = [0, 0];
    for (let at = c; at < own.length; at += outputs) mean += own[at] / n;
    for (let at = c; at < own.length; at += outputs) squares += (own[at] - mean) ** 2;
    const scale = Math.sqrt(squares / n) || 1;
    for (let at = c; at < own.length; at += outputs) own[at] = (own[at] - mean) / scale;
    logVolume += Math.log(scale);
  }
  return { matrix: new NdArray(own, shape), logVolume };
}
