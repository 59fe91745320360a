/** Arrays of numbers on the host: `NdArray`, how to make one from what a caller has, and a few helpers. */

export { NdArray } from "./nd_array.ts";
export type { DataOf, DType, NestedNumbers } from "./dtype.ts";
export { array, type ArrayInput, assertFinite, toArray } from "./parse.ts";
export { ownArray } from "./own.ts";
export { concatenate, reshape, scale, transpose, zeros } from "./ops.ts";
