/** Predictions at one time, or at an array of times. */
import { type ArrayInput, NdArray, ownArray } from "../array/mod.ts";
import { outOfRange } from "../options.ts";

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
