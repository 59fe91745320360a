/** Parameters of a layer with weights, as `initFn` returns them. */
import { NdArray } from "../array/mod.ts";
import { show } from "../array/dtype.ts";
import type { Params } from "./layer.ts";

/** The arrays of `entries`, in their order, null only where an entry may be missing; refuses anything else. */
export function paramsOf(
  layer: string,
  entries: Readonly<Record<string, "required" | "optional">>,
  params: Params,
): readonly (NdArray<Float64Array> | null)[] {
  const needs = Object.values(entries);
  const fits = (entry: unknown, i: number) =>
    entry instanceof NdArray || entry === null && needs[i] === "optional";
  if (Array.isArray(params) && params.length === needs.length && params.every(fits)) {
    return params as readonly (NdArray<Float64Array> | null)[];
  }
  throw new TypeError(
    `Cannot apply ${layer} as params must be [${
      Object.keys(entries).join(", ")
    }], as initFn returns: current value is ${show(params)}`,
  );
}
