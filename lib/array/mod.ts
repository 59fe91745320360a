/** Arrays of numbers on the host: `NdArray`, how to make one from what a caller has, a few helpers, and texts for messages. */

export { NdArray } from "./nd_array.ts";
export {
  allocate,
  assertDType,
  countOf,
  type DataOf,
  type DType,
  type NestedNumbers,
  show,
  showData,
  showPlain,
  sizeOf,
  type Values,
} from "./dtype.ts";
export { array, type ArrayInput, assertFinite, finiteArray, toArray } from "./parse.ts";
export { ownArray, totalSize } from "./own.ts";
export { concatenate, reshape, rowRange, scale, takeRows, transpose, zeros } from "./ops.ts";
