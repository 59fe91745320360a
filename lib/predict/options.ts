/** Options and queries of predictions: unknown names are refused, and what is left out has its default. */
import { requireObject, withDefaults } from "../options.ts";
import type { TraceOptions } from "./labels.ts";
import type { RegularizerOptions } from "./train_kernel.ts";

/** The names of `RegularizerOptions`; `TrainKernel` knows the defaults. */
export const regularizerNames: RegularizerOptions = {
  diagReg: undefined,
  diagRegAbsoluteScale: undefined,
  maxJitter: undefined,
};

/** The names of `TraceOptions`; `labelsOf` knows the defaults. */
export const traceNames: TraceOptions = { traceAxes: undefined };

/** `given` with the defaults filled in. */
export function optionsOf<T extends object>(defaults: T, given: Partial<T>): T {
  return withDefaults("predict", defaults, given);
}

/** A query with the defaults filled in; what Python takes by position belongs into an object. */
export function queryOf<T extends object>(defaults: T, query: Partial<T>): T {
  requireObject("predict", "its query", query, `an object of ${Object.keys(defaults).join(", ")}`);
  return withDefaults("predict", defaults, query, "its query");
}
