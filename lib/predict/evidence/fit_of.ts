/** The fit of a network: the request checked, and the search that it is. */
import { NdArray } from "../../array/mod.ts";
import { callable, flag, integer, oneOf, positive, withDefaults, wrongType } from "../../options.ts";
import { Key, key as keyOf } from "../../random/mod.ts";
import type { FitOptions } from "./interfaces.ts";
import { bestFit, type Fit } from "./fitting.ts";
import { objectiveNames } from "./objectives.ts";
import { ranged } from "./ranges.ts";
import { commonDefaults, dataOf, type Given } from "./settings.ts";
import { variablesOf } from "./variables.ts";

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

/** The fit that is asked for. */
export async function fitOf(given: Given, options: FitOptions): Promise<Fit> {
  const o = withDefaults<Required<FitOptions>>(ACTION, defaults, options);
  const { layer, x: inputs, y: targets, quantities } = dataOf(ACTION, given, o);
  integer(ACTION, "restarts", o.restarts, 0);
  if (!(o.key instanceof Key)) throw wrongType(ACTION, "key", "a random key, such as random.key(0)", o.key);
  oneOf(ACTION, "objective", o.objective, objectiveNames);
  flag(ACTION, "standardize", o.standardize);
  integer(ACTION, "maxIterations", o.maxIterations, 0);
  positive(ACTION, "tolerance", o.tolerance);
  callable(ACTION, "onProgress", o.onProgress);
  const all = variablesOf(ACTION, o.free, quantities);
  const variables = o.free === null ? all.filter(({ value }) => value !== 0) : all;
  const ranges = ranged(ACTION, variables, o.bounds);
  const { matrix, logVolume } = o.standardize ? standardized(targets) : { matrix: targets, logVolume: 0 };
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
