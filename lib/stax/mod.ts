/** Networks: layers, their combinations, and the kernels of their infinitely wide limits. */
export { parallel, repeat, serial } from "./combinators.ts";
export { FanInProd, FanInSum, FanOut } from "./branching.ts";
export { FanInConcat } from "./fan_in_concat.ts";
export { Conv, type ConvOptions } from "./conv.ts";
export { Flatten } from "./flatten.ts";
export { GlobalAvgPool, GlobalSumPool } from "./global_pool.ts";
export { AvgPool, type AvgPoolOptions, type PoolOptions, SumPool } from "./pool.ts";
export { Dense, type DenseOptions } from "./dense.ts";
export { Dropout } from "./dropout.ts";
export { Identity } from "./identity.ts";
export { LayerNorm, type LayerNormOptions } from "./layer_norm.ts";
export * from "./nonlinearities.ts";
export {
  Elementwise,
  ElementwiseNumerical,
  type ElementwiseOptions,
  type NumericalOptions,
} from "./elementwise.ts";
export { fromJSON, toJSON } from "./json.ts";
export type { ApplyFn, InitFn, Network } from "./network.ts";
export type { Kernel } from "./kernel.ts";
export type { Field, KernelFn, KernelOptions } from "./kernel_fn.ts";
export type { ApplyOptions, Layer, Params, Shape } from "./layer.ts";
