/** Values of inputs in the precision of a computation. */
import type { DType, NdArray } from "../array/mod.ts";
import type { Values } from "../array/dtype.ts";

/** The values of an array in a precision. */
export function rounded({ data }: NdArray, dtype: DType): Values {
  if (dtype === "float32") return data instanceof Float32Array ? data : new Float32Array(data);
  return data instanceof Float64Array ? data : new Float64Array(data);
}

/** 0, 1, 2, … */
export const indices = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i);
