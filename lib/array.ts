/** Arrays of numbers on the host: `NdArray`, how to make one from what a caller has, and a few helpers. */

export { NdArray } from "./array/nd_array.ts";
export type { DataOf, DType, NestedNumbers } from "./array/dtype.ts";
export { array, type ArrayInput, assertFinite, toArray } from "./array/parse.ts";
export { ownArray } from "./array/own.ts";
export { concatenate, reshape, rows, scale, sum, transpose, zeros } from "./array/ops.ts";
