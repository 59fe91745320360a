/**
 * Kernels of infinitely wide neural networks: NNGP and NTK in closed form for any architecture and nonlinearity, dual kernels
 * and Hermite expansions, and Gaussian process inference with them; on WebGPU, and in float64 on the CPU.
 *
 * @module
 */
// Here everything is at hand, so that no kernel waits for it. A page loads it when it needs it: the bundle leaves this out.
import "./lib/network/compute.ts";
import "./lib/predict/engine.ts";

export {
  array,
  type ArrayInput,
  type DataOf,
  type DType,
  NdArray,
  type NestedNumbers,
} from "./lib/array/mod.ts";
export { readNpy, writeNpy } from "./lib/npy/mod.ts";
export {
  BackendUnavailableError,
  DeviceLostError,
  NotPositiveDefiniteError,
  UnsupportedError,
} from "./lib/errors.ts";
export { backends } from "./lib/backends/mod.ts";
export { clearCache } from "./lib/ffi/clear_cache.ts";
export type { Availability } from "./lib/backends/backend.ts";
export type { Progress, Watch } from "./lib/pause.ts";
export { batch, type BatchOptions } from "./lib/stax/batched.ts";
export type { BlockFn } from "./lib/operator/blocks.ts";
export { tiles } from "./lib/operator/tiles.ts";
export { KernelOperator } from "./lib/operator/kernel_operator.ts";
export type { KernelOperatorOptions, Tile, TilesOptions } from "./lib/operator/options.ts";
export { kernelGradient } from "./lib/gradient/kernel_gradient.ts";
export type { KernelGradientOptions } from "./lib/gradient/kernel_gradient.ts";
/** Random numbers: those of `jax.random`, bit for bit. */
export * as random from "./lib/random/mod.ts";
/** Scalar expressions: build, evaluate, differentiate. */
export * as expr from "./lib/expr/mod.ts";
/** Networks: layers, their combinations, and the kernels of their infinitely wide limits. */
export * as stax from "./lib/stax/mod.ts";
/** Predictions of infinitely wide networks: exact inference, and training by gradient descent. */
export * as predict from "./lib/predict/mod.ts";
/** Dual activations and dual kernels: exact, expanded in Hermite polynomials, and by Monte Carlo. */
export * as dual from "./lib/dual/mod.ts";
/** Random sketches of tensor products and powers. */
export * as sketching from "./lib/sketching/mod.ts";
/** Features: maps of inputs whose inner products are the kernels of networks, linear in the number of points. */
export * as features from "./lib/features/mod.ts";
/** Probabilists' Hermite polynomials, and expansions in them. */
export * as polynomials from "./kernels/polynomials/mod.ts";
