/** Predictions at one time, or at an array of times. */
import { type ArrayInput, NdArray, toArray } from "../array.ts";
import { outOfRange } from "./ranges.ts";

/** Results by name; what was not asked for is `null`. */
type Results<K extends string> = Record<K, NdArray<Float64Array> | null>;

/** Times as an array of any shape, `null` standing for infinity. */
export function timesOf(t: ArrayInput | null): NdArray {
  const times = t === null ? new NdArray(Float64Array.of(Infinity), []) : toArray(t, "t");
  const bad = times.data.findIndex((time) => !(time >= 0));
  if (bad >= 0) throw outOfRange("t", "non-negative", times.data[bad]);
  return times;
}

/** What `at` gives for each time, with the shape of the times in front. */
export function overTimes<K extends string>(times: NdArray, at: (t: number) => Results<K>): Results<K> {
  const results = Array.from(times.data, at);
  const entries = Object.keys(results[0]).map((key) => [key, stack(times.shape, results.map((r) => r[key as K]))]);
  return Object.fromEntries(entries);
}

function stack(shape: readonly number[], arrays: (NdArray<Float64Array> | null)[]): NdArray<Float64Array> | null {
  const [first] = arrays;
  if (first === null) return null;
  const data = new Float64Array(first.size * arrays.length);
  arrays.forEach((a, i) => a !== null && data.set(a.data, i * first.size));
  return new NdArray(data, [...shape, ...first.shape]);
}
