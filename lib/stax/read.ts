/** Layers from plain data, each by its own constructor. In: data no larger than a network may be (see `requireSize`). */
import { showData } from "../array/dtype.ts";
import { requireNames } from "../options.ts";
import { Aggregate } from "./aggregate.ts";
import { GlobalSelfAttention } from "./attention/attention.ts";
import type { AttentionOptions } from "./attention/description.ts";
import { FanInProd, FanInSum, FanOut } from "./branching.ts";
import { withDefaults } from "../network/layer_options.ts";
import { inSeries, noneOf, sideBySide } from "./combined.ts";
import { Conv, ConvLocal, ConvTranspose } from "./conv/conv.ts";
import { Dense } from "./dense.ts";
import { DotGeneral } from "./dot_general.ts";
import { Dropout } from "./dropout.ts";
import { FanInConcat } from "./fan_in_concat.ts";
import { Flatten } from "./flatten.ts";
import { GlobalAvgPool, GlobalSumPool } from "./global_pool.ts";
import { Identity } from "./identity.ts";
import { ImageResize } from "./image_resize.ts";
import { Index } from "./index_layer.ts";
import type { Layer } from "../network/layer.ts";
import { LayerNorm } from "./layer_norm.ts";
import { describe, isNetwork, type Network, network } from "../network/network.ts";
import * as nonlinearities from "./nonlinearities.ts";
import { activationOf } from "../network/nonlinearity.ts";
import { AvgPool, SumPool } from "./pool.ts";

/** A layer's fields as they were read. */
type Fields = Record<string, never> & { readonly type: string };

/** The sizes of a convolution. */
type ConvFields = { readonly outChan: number; readonly filterShape: readonly number[] };

/** The sizes of a pooling window. */
type PoolFields = { readonly windowShape: readonly number[] };

/** How each type is built from its fields: by its own constructor, which checks them. */
const constructors: Readonly<Record<string, (fields: never) => Network>> = {
  serial: (fields: { layers: Layer[]; repeated?: Layer }) => {
    requireNames("build serial", "its options", ["layers", "repeated"], fields);
    const { layers, repeated } = fields;
    return repeated ? noneOf(fromData(repeated)) : inSeries(list("serial", layers).map(fromData));
  },
  parallel: only(
    "parallel",
    "layers",
    (layers: Layer[]) => sideBySide(list("parallel", layers).map(fromData)),
  ),
  Dense: ({ outDim, ...options }: { outDim: number }) => Dense(outDim, options),
  Conv: ({ outChan, filterShape, ...options }: ConvFields) => Conv(outChan, filterShape, options),
  ConvTranspose: ({ outChan, filterShape, ...options }: ConvFields) =>
    ConvTranspose(outChan, filterShape, options),
  ConvLocal: ({ outChan, filterShape, ...options }: ConvFields) => ConvLocal(outChan, filterShape, options),
  AvgPool: ({ windowShape, ...options }: PoolFields) => AvgPool(windowShape, options),
  SumPool: ({ windowShape, ...options }: PoolFields) => SumPool(windowShape, options),
  GlobalAvgPool,
  GlobalSumPool,
  Flatten,
  GlobalSelfAttention: ({ nChanOut, ...options }: AttentionOptions & { nChanOut: number }) =>
    GlobalSelfAttention(nChanOut, options),
  Aggregate,
  ImageResize: ({ shape, ...options }: { shape: readonly number[] }) => ImageResize(shape, options),
  Index: ({ idx, ...options }: { idx: string }) => Index(idx, options),
  DotGeneral,
  Dropout: ({ rate, ...options }: { rate: number }) => Dropout(rate, options),
  LayerNorm,
  Identity: only("Identity", null, Identity),
  FanOut: only("FanOut", "num", FanOut),
  FanInSum: only("FanInSum", null, FanInSum),
  FanInProd: only("FanInProd", null, FanInProd),
  FanInConcat,
  ABRelu: ({ a, b, ...options }: { a: number; b: number }) => nonlinearities.ABRelu(a, b, options),
  LeakyRelu: ({ alpha, ...options }: { alpha: number }) => nonlinearities.LeakyRelu(alpha, options),
  Relu: nonlinearities.Relu,
  Abs: nonlinearities.Abs,
  Erf: nonlinearities.Erf,
  Sin: nonlinearities.Sin,
  Cos: nonlinearities.Cos,
  SigmoidLike: nonlinearities.SigmoidLike,
  Gelu: nonlinearities.Gelu,
  Rbf: nonlinearities.Rbf,
  Exp: nonlinearities.Exp,
  Gaussian: nonlinearities.Gaussian,
  ExpNormalized: nonlinearities.ExpNormalized,
  Gabor: nonlinearities.Gabor,
  Sign: nonlinearities.Sign,
  Monomial: only("Monomial", "degree", nonlinearities.Monomial),
  RectifiedMonomial: only("RectifiedMonomial", "degree", nonlinearities.RectifiedMonomial),
  Hermite: only("Hermite", "degree", nonlinearities.Hermite),
  Polynomial: only("Polynomial", "coef", nonlinearities.Polynomial),
  Elementwise: (fields: object) => custom("Elementwise", { fn: null, nngp: null, dNngp: null }, fields),
  ElementwiseNumerical: (fields: object) =>
    custom(
      "ElementwiseNumerical",
      { fn: null, tolerance: null, deg: null, df: null, kinks: null, warn: true },
      fields,
    ),
};

/** The layer: a network as it is, plain data as its constructor completes it, if that accepts it. */
export function checked(layer: Layer): Layer {
  const { type } = describe(layer);
  return isNetwork(layer) || !Object.hasOwn(constructors, type) ? layer : fromData(layer);
}

/** The network that some data describes. */
export function fromData(data: unknown): Network {
  const type = (data as Layer | null)?.type;
  const build = typeof type === "string" && Object.hasOwn(constructors, type)
    ? constructors[type]
    : undefined;
  if (!build) {
    throw new TypeError(
      `Cannot read a network as type must be one of ${Object.keys(constructors).join(", ")}: ` +
        `current value is ${showData(type)}`,
    );
  }
  const { type: _, ...fields } = data as Fields;
  return build(fields as never);
}

/** Builds a layer of one parameter, or of none, from its fields, and refuses any other. */
function only<T>(type: string, name: string | null, build: (parameter: T) => Network) {
  return (fields: Readonly<Record<string, T>>): Network => {
    requireNames(`build ${type}`, "its options", name === null ? [] : [name], fields);
    return build(fields[name ?? ""]);
  };
}

function list(type: string, layers: unknown): unknown[] {
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot read ${type} as layers must be a list: current value is ${showData(layers)}`,
    );
  }
  return layers;
}

/** A custom layer, whose graphs are read when its activation is built. */
function custom(type: string, defaults: object, fields: object): Network {
  const layer = { type, ...withDefaults(type, defaults, fields) };
  activationOf(layer);
  return network(layer);
}
