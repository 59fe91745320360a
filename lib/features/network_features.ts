/** What callers of feature maps of networks pass and get. */
import type { ArrayInput, DataOf, DType, NdArray } from "../array/mod.ts";
import type { Progress } from "../pause.ts";
import type { Key } from "../random/mod.ts";

/** An estimate and its standard error. */
export interface Estimate {
  /** The estimate */
  readonly value: number;
  /** Its standard error; NaN of fewer than three rows */
  readonly standardError: number;
}

/** How features are made. */
export interface FeatureOptions {
  /** Columns of the features of each kernel at most. Default 1024. */
  readonly sketchDim?: number;
  /** Powers of the cosine between two inputs that count one by one; higher ones are made of waves. At most 32, which is the default. */
  readonly polyDegree?: number;
  /** Mean square of the entries of a typical row: for it the columns are distributed. Default 1. */
  readonly variance?: number;
}

/** What `initFn` draws. */
export interface FeatureInputs {
  /** What all draws follow from */
  readonly key: Key;
  /** Lengths of the axes of positions; none for vectors */
  readonly positions: readonly number[];
  /** Features of the input at each position, or of a vector */
  readonly width: number;
}

/** What computes the features of `fromNetwork`: for vectors TypeScript in float64; with positions C and shaders too. */
export type FeatureBackend = "auto" | "reference" | "native" | "webgpu";

/** How features are computed. */
export interface FeatureFnOptions<T extends DType = DType, B extends string = FeatureBackend> {
  /** What computes them; for landmarks, the kernel with these, as of `kernelFn`. Default `"auto"`. */
  readonly backend?: B;
  /** Precision of the features. Default `"float64"`. */
  readonly dtype?: T;
  /** Rows whose exact kernel is compared, drawn at random; 0 for no estimate. Default 32. */
  readonly errorRows?: number;
  /** Called now and then with the rows that are done, and all */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops it when aborted */
  readonly signal?: AbortSignal;
}

/** Features of a batch of n rows. */
export interface NetworkFeatures<D extends Float64Array | Float32Array = Float64Array> {
  /** φ, shape [n, D]: φ·φᵀ ≈ NNGP */
  readonly nngp: NdArray<D>;
  /** ψ, shape [n, D′]: ψ·ψᵀ ≈ NTK */
  readonly ntk: NdArray<D>;
  /** ‖φφᵀ − K‖/‖K‖ of both kernels over this batch with its standard error, or null if `errorRows` is 0 */
  readonly error: { readonly nngp: Estimate; readonly ntk: Estimate } | null;
}

/** Features of the kernels that were asked for, and how far they are off. */
export type FeaturesOf<K extends "nngp" | "ntk", D extends Float64Array | Float32Array = Float64Array> =
  & Pick<NetworkFeatures<D>, K>
  & { readonly error: Pick<NonNullable<NetworkFeatures["error"]>, K> | null };

/** A feature map: `I` is what it draws, `B` what may compute it, `K` the kernels that it is for. */
export interface FeatureMap<
  I = FeatureInputs,
  B extends string = FeatureBackend,
  K extends "nngp" | "ntk" = "nngp" | "ntk",
> {
  /** Draws the map for inputs of a shape, of which the first axis, the examples, may be −1. */
  readonly initFn: (key: Key, inputShape: readonly number[]) => I;
  /** Maps the examples x. */
  readonly featureFn: <T extends DType = "float64">(
    x: ArrayInput,
    inputs: I,
    options?: FeatureFnOptions<T, B>,
  ) => Promise<FeaturesOf<K, DataOf<T>>>;
}

/** What `initFn` of landmarks returns. */
export interface NystromInputs {
  /** What the rows of error estimates follow from */
  readonly key: Key;
}

/** How features of a finite network are made. */
export interface RandomFeatureOptions<K extends "nngp" | "ntk" = "nngp" | "ntk"> {
  /** Columns of the features of each kernel at most. Default 1024. */
  readonly sketchDim?: number;
  /** Channels of hidden layers. Default `sketchDim`. */
  readonly width?: number;
  /** The kernels that there are features of. Default both. */
  readonly get?: readonly K[];
}

/** What `initFn` of random features returns; the weights follow from it. */
export interface RandomInputs {
  /** What all draws follow from */
  readonly key: Key;
  /** Shape of a row */
  readonly shape: readonly number[];
  /** Channels of the last layer with weights */
  readonly channels: number;
}
