/**
 * Kernels of infinitely wide neural networks: NNGP and NTK in closed form for any architecture and nonlinearity, dual kernels
 * and Hermite expansions, and Gaussian process inference with them; on WebGPU, and in float64 on the CPU.
 *
 * @module
 */
export { array, type ArrayInput, type DType, NdArray } from "./lib/array.ts";
export { readNpy, writeNpy } from "./lib/npy.ts";
export {
  BackendUnavailableError,
  DeviceLostError,
  NotPositiveDefiniteError,
  UnsupportedError,
} from "./lib/errors.ts";
export { backends } from "./lib/backends/mod.ts";
export type { Availability, Progress } from "./lib/backends/backend.ts";
export * as random from "./lib/random/mod.ts";
export * as expr from "./lib/expr/mod.ts";
export * as stax from "./lib/stax/mod.ts";
export * as predict from "./lib/predict/mod.ts";
export * as dual from "./kernels/dual/mod.ts";
export * as polynomials from "./kernels/polynomials/mod.ts";
