/** Parameters of a layer with weights, as `initFn` returns them. */
import { NdArray } from "../array.ts";
import { show } from "../array/dtype.ts";
import type { Params } from "./layer.ts";

/** The arrays that `names` lists, null where the layer has none; refuses anything else. */
export function paramsOf(
  layer: string,
  names: readonly string[],
  params: Params,
): readonly (NdArray<Float64Array> | null)[] {
  const isOne = (entry: unknown) => entry === null || entry instanceof NdArray;
  if (
    Array.isArray(params) && params.length === names.length && params.some(Boolean) && params.every(isOne)
  ) {
    return params as readonly (NdArray<Float64Array> | null)[];
  }
  throw new TypeError(
    `Cannot apply ${layer} as params must be [${names.join(", ")}], as initFn returns: current value is ${
      show(params)
    }`,
  );
}
