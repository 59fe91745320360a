/** What callers of feature maps of networks pass and get. */
import type { ArrayInput, DataOf, DType, NdArray } from "../array/mod.ts";
import type { KernelOptions } from "../network/kernel.ts";
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
  /** Powers of the cosine between two inputs that have columns of their own; higher ones share theirs. Default 8. */
  readonly polyDegree?: number;
  /** Mean square of the entries of a typical row: for it the columns are distributed. Default 1. */
  readonly variance?: number;
}

/** What `initFn` draws. */
export interface FeatureInputs {
  /** What all draws follow from */
  readonly key: Key;
  /** Entries of a row */
  readonly width: number;
}

/** How features are computed. */
export interface FeatureFnOptions<T extends DType = DType> {
  /** `"auto"` or `"reference"`: TypeScript in float64. Default `"auto"`. */
  readonly backend?: "auto" | "reference";
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

/** A feature map. */
export interface FeatureMap {
  /** Draws the map for inputs of shape [−1, features] or [n, features]. */
  readonly initFn: (key: Key, inputShape: readonly number[]) => FeatureInputs;
  /** Maps the rows of x, shape [n, features]. */
  readonly featureFn: <T extends DType = "float64">(
    x: ArrayInput,
    inputs: FeatureInputs,
    options?: FeatureFnOptions<T>,
  ) => Promise<NetworkFeatures<DataOf<T>>>;
}

/** How features from landmarks are computed: as kernels are. */
export interface NystromFnOptions<T extends DType = DType> extends Omit<FeatureFnOptions<T>, "backend"> {
  /** What computes the kernel between rows and landmarks, as of `kernelFn`. Default `"auto"`. */
  readonly backend?: KernelOptions["backend"];
}

/** A feature map from landmarks. */
export interface NystromMap {
  /** The key draws the rows of error estimates; the shape is that of the landmarks, but for their number. */
  readonly initFn: (key: Key, inputShape: readonly number[]) => NystromInputs;
  /** Maps the inputs x. */
  readonly featureFn: <T extends DType = "float64">(
    x: ArrayInput,
    inputs: NystromInputs,
    options?: NystromFnOptions<T>,
  ) => Promise<NetworkFeatures<DataOf<T>>>;
}

/** What `initFn` of landmarks returns. */
export interface NystromInputs {
  /** What the rows of error estimates follow from */
  readonly key: Key;
}
