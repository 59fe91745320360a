/** The fit of a network: the request checked, and the search that it is. */
import { callable, flag, integer, oneOf, positive, withDefaults, wrongType } from "../../options.ts";
import { Key, key as keyOf } from "../../random/mod.ts";
import type { FitOptions } from "./interfaces.ts";
import { bestFit, type Fit } from "./fitting.ts";
import { objectiveNames } from "./objectives.ts";
import { ranged } from "./ranges.ts";
import { logVolume, standardization, standardized, unchanged } from "../standardization.ts";
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
  const units = o.standardize ? standardization(targets) : unchanged(targets.shape[1]);
  const { kernel, objective, gradient, backend, signal } = o;
  return await bestFit(
    {
      action: ACTION,
      layer,
      x: inputs,
      y: standardized(targets, units),
      quantities,
      variables,
      kernel,
      objective,
      gradient,
      backend,
      signal,
    },
    { ...o, ranges, shift: -targets.shape[0] * logVolume(units) },
  );
}
