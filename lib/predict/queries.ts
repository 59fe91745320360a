/**
 * How predictions are asked for, options, names of kernels and times, and what they return. In: what a caller passes. Out: checked, with
 * defaults for what is left out; unknown names are refused.
 */
import { outOfRange, requireObject, withDefaults } from "../options.ts";
import type { TraceOptions } from "./labels.ts";
import type { RegularizerOptions } from "./train_kernel.ts";
import { type ArrayInput, NdArray, ownArray } from "../array/mod.ts";

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

/** One name, a list of them, or nothing for everything available. */
export type Get<N extends string> = N | readonly N[] | null | undefined;

/** One result for one name; a record by name for a list; for nothing, `All` that is available. */
export type ByName<G, T, All = { nngp?: T; ntk?: T }> = G extends string ? T
  : G extends readonly (infer N extends string)[] ? { [K in N]: T }
  : All;

/** The names that `get` asks for, each one of `allowed`. */
export function namesOf<N extends string>(
  get: Get<N>,
  available: readonly N[],
  allowed: readonly N[],
): readonly N[] {
  const names = typeof get === "string" ? [get] : get ?? available;
  const quoted = allowed.map((name) => `"${name}"`).join(", ");
  if (!Array.isArray(names) || names.length === 0) {
    throw outOfRange("predict", "get", `a list of ${quoted}`, get);
  }
  for (const name of names) {
    if (!allowed.includes(name)) throw outOfRange("predict", "get", `one of ${quoted}`, name);
  }
  return names;
}

/** What `compute` gives for each name, in the form that `get` asks for. */
export async function byName<N extends string, G extends Get<N>, T>(
  get: G,
  names: readonly N[],
  compute: (name: N) => Promise<T>,
): Promise<ByName<G, T>> {
  const result = typeof get === "string"
    ? await compute(names[0])
    : Object.fromEntries(await Array.fromAsync(names, async (name) => [name, await compute(name)]));
  return result as ByName<G, T>;
}

/** Times as an array of any shape, `null` standing for infinity. */
export function timesOf(t: ArrayInput | null): NdArray {
  const times = t === null ? new NdArray(Float64Array.of(Infinity), []) : ownArray(t, "t");
  const bad = times.data.findIndex((time) => !(time >= 0));
  if (bad >= 0) throw outOfRange("predict", "t", "non-negative", times.data[bad]);
  return times;
}

/** What `at` gives for each time, with the shape of the times in front; what was not asked for is `null`. */
export async function overTimes<R extends { readonly [K in keyof R]: NdArray<Float64Array> | null }>(
  times: NdArray,
  at: (t: number, index: number) => R | Promise<R>,
): Promise<R> {
  const results: R[] = await Array.fromAsync(times.data, at);
  const keys = Object.keys(results[0]) as (keyof R)[];
  return Object.fromEntries(keys.map((key) => [key, stack(times.shape, results.map((r) => r[key]))])) as R;
}

function stack(
  shape: readonly number[],
  arrays: (NdArray<Float64Array> | null)[],
): NdArray<Float64Array> | null {
  const [first] = arrays;
  if (first === null) return null;
  const data = new Float64Array(first.size * arrays.length);
  arrays.forEach((a, i) => a !== null && data.set(a.data, i * first.size));
  return new NdArray(data, [...shape, ...first.shape]);
}

/** What a prediction is about: see `gpInference`. */
export type PosteriorName = "nngp" | "ntk" | "ntkgp";

/** A prediction with its uncertainty. */
export interface Gaussian {
  /** Mean, shape [...points, channels], with the shape of the times in front if several were asked for. */
  readonly mean: NdArray<Float64Array>;
  /** Covariance of any one output channel, shape [points, points], with the shape of the times in front likewise. */
  readonly covariance: NdArray<Float64Array>;
}

/** A mean and, where asked for, a covariance. */
export interface Moments {
  readonly mean: NdArray<Float64Array>;
  readonly covariance: NdArray<Float64Array> | null;
}

/** What callers see of moments: the mean alone unless the covariance was asked for. */
export function predictionOf({ mean, covariance }: Moments): NdArray<Float64Array> | Gaussian {
  return covariance === null ? mean : { mean, covariance };
}
