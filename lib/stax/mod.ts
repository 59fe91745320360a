/** Networks: layers, their combinations, and the kernels of their infinitely wide limits. */
export { parallel, repeat, serial } from "./combinators.ts";
export { FanInProd, FanInSum, FanOut } from "./branching.ts";
export { FanInConcat } from "./fan_in_concat.ts";
export {
  type AttentionMechanism,
  type AttentionOptions,
  GlobalSelfAttention,
  type PosEmbType,
} from "./attention.ts";
export { Conv, ConvLocal, type ConvOptions, ConvTranspose } from "./conv.ts";
export type { DimensionNumbers } from "./conv_spec.ts";
export { Flatten, type FlattenOptions } from "./flatten.ts";
export { GlobalAvgPool, GlobalSumPool } from "./global_pool.ts";
export { Aggregate, type AggregateOptions } from "./aggregate.ts";
export { AvgPool, type AvgPoolOptions, type PoolOptions, SumPool } from "./pool.ts";
export { Dense, type DenseOptions } from "./dense.ts";
export { DotGeneral, type DotGeneralOptions } from "./dot_general.ts";
export type { DotDimensionNumbers } from "./dot_product.ts";
export { Dropout } from "./dropout.ts";
export { Identity } from "./identity.ts";
export { ImageResize, type ImageResizeOptions } from "./image_resize.ts";
export { Index } from "./index_layer.ts";
export type { IndexInput, IndexItem, Slice } from "./slice.ts";
export { LayerNorm, type LayerNormOptions } from "./layer_norm.ts";
export * from "./nonlinearities.ts";
export {
  Elementwise,
  ElementwiseNumerical,
  type ElementwiseOptions,
  type NumericalOptions,
} from "./elementwise.ts";
export { fromJSON, toJSON } from "./json.ts";
export type { AxisOptions } from "./axes.ts";
export type { ApplyFn, InitFn, Network } from "./network.ts";
export type { Kernel } from "./kernel.ts";
export type { Field, KernelFn, KernelOptions } from "./kernel_fn.ts";
export type { ApplyOptions, Layer, Params, Shape } from "./layer.ts";
