/** Networks: layers, their combinations, and the kernels of their infinitely wide limits. */
export { parallel, repeat, serial } from "./combinators.ts";
export type { Parallel, Serial } from "./combined.ts";
export { FanInProd, FanInSum, FanOut } from "./branching.ts";
export { FanInConcat } from "./fan_in_concat.ts";
export { GlobalSelfAttention } from "./attention/attention.ts";
export type {
  AttentionLayer,
  AttentionMechanism,
  AttentionOptions,
  PosEmbType,
} from "./attention/description.ts";
export type { DecayFn } from "./attention/positional_embedding.ts";
export { Conv, ConvLocal, ConvTranspose } from "./conv/conv.ts";
export type { ConvLayer, ConvOptions } from "./conv/maps.ts";
export type { DimensionNumbers } from "./conv/dimension_numbers.ts";
export { Flatten, type FlattenOptions } from "./flatten.ts";
export { GlobalAvgPool, GlobalSumPool } from "./global_pool.ts";
export type { GlobalPool } from "./global_pool_maps.ts";
export { Aggregate, type AggregateOptions } from "./aggregate.ts";
export { AvgPool, type AvgPoolOptions, type Pool, type PoolOptions, SumPool } from "./pool.ts";
export { Dense, type DenseOptions, type Parameterization } from "./dense.ts";
export { type Constant, DotGeneral, type DotGeneralOptions } from "./dot_general.ts";
export type { DotDimensionNumbers } from "./dot_product.ts";
export { Dropout } from "./dropout.ts";
export { Identity } from "./identity.ts";
export { ImageResize, type ImageResizeOptions } from "./image_resize.ts";
export { Index } from "./index_layer.ts";
export type { IndexInput, IndexItem, Slice } from "../network/slice.ts";
export { LayerNorm, type LayerNormOptions } from "./layer_norm.ts";
export type { NormLayer } from "./layer_norm_axes.ts";
export { ABRelu, Abs, LeakyRelu, Relu, type Stabilize } from "../../kernels/ab_relu.ts";
export type { AffineOptions } from "../../kernels/affine.ts";
export { Erf } from "../../kernels/erf.ts";
export { Sin } from "../../kernels/sin.ts";
export { Cos } from "../../kernels/cos.ts";
export { SigmoidLike } from "../../kernels/sigmoid_like.ts";
export { Gelu, type GeluOptions } from "../../kernels/gelu.ts";
export { Rbf, type RbfOptions } from "../../kernels/rbf.ts";
export { Exp, type ExpOptions } from "../../kernels/exp.ts";
export { Gaussian, type GaussianOptions } from "../../kernels/gaussian.ts";
export { ExpNormalized, type ExpNormalizedOptions } from "../../kernels/exp_normalized.ts";
export { Gabor } from "../../kernels/gabor.ts";
export { Sign } from "../../kernels/sign.ts";
export { Softplus } from "../../kernels/softplus.ts";
export { Monomial } from "../../kernels/monomial.ts";
export { RectifiedMonomial } from "../../kernels/rectified_monomial.ts";
export { Hermite } from "../../kernels/hermite.ts";
export { Polynomial } from "../../kernels/polynomial.ts";
export type { Nonlinearity } from "../network/nonlinear_layer.ts";
export {
  Elementwise,
  ElementwiseNumerical,
  type ElementwiseOptions,
  type KernelOfMoments,
  type NumericalOptions,
} from "./elementwise.ts";
export type { Forward } from "../network/activation.ts";
export type { Moments } from "../moments.ts";
export { fromJSON, toJSON } from "./json.ts";
export type { Axes, AxisOptions } from "../network/axes.ts";
export type { Padding } from "../spatial/axis.ts";
export type { ResizeMethod } from "../spatial/resizing.ts";
export type { ApplyFn, Functions, InitFn, Network } from "../network/network.ts";
export type { Kernel } from "../network/kernel.ts";
export type { NumericalErrors } from "../network/numerical_errors.ts";
export type { KernelEntry, KernelFn } from "../network/kernel_fn.ts";
export type { Field, KernelOptions } from "../network/kernel.ts";
export type { PatternPair } from "../network/patterns.ts";
export type { ApplyOptions, Layer, Params, Shape, ShapeTree } from "../network/layer.ts";
