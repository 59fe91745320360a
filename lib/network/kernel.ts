/** What `kernelFn` takes besides the inputs, and its result: the kernel with everything a further layer needs. */
import { type DType, NdArray, ownArray } from "../array/mod.ts";
import { isWhole } from "../array/memory.ts";
import type { NumericalErrors } from "./numerical_errors.ts";
import type { Progress } from "../pause.ts";
import type { PatternPair } from "./patterns.ts";

/**
 * The kernel of a network's outputs on two batches, and what further layers need to continue it.
 *
 * `kernelFn(x1, x2)` returns one, and `kernelFn(kernel)` of another network continues it: kernels compose as networks do.
 *
 * The shapes below are those for outputs without positions. For outputs with positions, axes of their lengths follow: each
 * twice, for the position in f(x1) and for that in f(x2), as in (n1, n2, height, height, width, width), or once where
 * covariances hold only the diagonal over positions.
 */
export interface Kernel<D extends Float64Array | Float32Array = Float64Array | Float32Array> {
  /** E[f(x1ᵢ) f(x2ⱼ)], shape (n1, n2): the covariance of the outputs at initialisation */
  readonly nngp: NdArray<D>;
  /** The neural tangent kernel, shape (n1, n2); null if it was not computed */
  readonly ntk: NdArray<D> | null;
  /** E[f(x1ᵢ)²], shape (n1); with `diagonalBatch: false` the covariance (n1, n1) */
  readonly cov1: NdArray<D>;
  /** E[f(x2ⱼ)²], shape (n2); null if x2 is null */
  readonly cov2: NdArray<D> | null;
  /** Both batches are the same one */
  readonly x1IsX2: boolean;
  /** Outputs are Gaussian, as a nonlinearity needs */
  readonly isGaussian: boolean;
  /** Spatial axes are in reverse order (never for vectors) */
  readonly isReversed: boolean;
  /** No layer with weights has been applied yet */
  readonly isInput: boolean;
  /** cov1 and cov2 hold only the diagonal over the batch */
  readonly diagonalBatch: boolean;
  /** Covariances hold only the diagonal over positions (always for vectors) */
  readonly diagonalSpatial: boolean;
  /** The shape of f(x1) in the finite network */
  readonly shape1: readonly number[];
  /** The shape of f(x2) in the finite network */
  readonly shape2: readonly number[];
  /** The axis of the examples */
  readonly batchAxis: number;
  /** The axis of the features */
  readonly channelAxis: number;
  /** The larger of `numericalErrors`; 0 for closed forms */
  readonly numericalError: number;
  /**
   * Bounds of the errors that numerical nonlinearities (`ElementwiseNumerical`) left in `nngp` and in `ntk`, relative to
   * √(k₁₁k₂₂) and √(θ₁₁θ₂₂), carried through the layers after them; `ntk` is null if it was not computed
   */
  readonly numericalErrors: NumericalErrors;
}

/** The names of a kernel's entries: what `get` may ask for. */
export const kernelFields: readonly (keyof Kernel)[] = [
  "nngp",
  "ntk",
  "cov1",
  "cov2",
  "x1IsX2",
  "isGaussian",
  "isReversed",
  "isInput",
  "diagonalBatch",
  "diagonalSpatial",
  "shape1",
  "shape2",
  "batchAxis",
  "channelAxis",
  "numericalError",
  "numericalErrors",
];

/** True for a kernel, as opposed to an array of inputs. */
export function isKernel(value: unknown): value is Kernel {
  return typeof value === "object" && value !== null && "nngp" in value && "x1IsX2" in value;
}

/** A kernel with arrays in memory of its own: it may be written to or disposed of while it is continued. */
export function ownKernel(kernel: Kernel): Kernel {
  const own = Object.entries(kernel).map(([name, value]) =>
    [name, value instanceof NdArray && isWhole(value) ? ownArray(value, name) : value] as const
  );
  return Object.fromEntries(own) as unknown as Kernel;
}

/** Options of `kernelFn`. */
export interface KernelOptions<T extends DType = DType> {
  /**
   * `auto` (default): the fastest backend that delivers `dtype` here, and `reference` as well while a compiler takes more than half a
   * second; or a name, see `backends()`
   */
  readonly backend?: string;
  /**
   * Precision; default `"float64"`. Where `"float32"` could not tell inputs apart, since they lie close together seen from the origin,
   * what it cannot be carried through is computed in float64 and rounded
   */
  readonly dtype?: T;
  /** False: `cov1` and `cov2` are full covariances (n, n) instead of their diagonals; default true */
  readonly diagonalBatch?: boolean;
  /** True: covariances of outputs with positions hold only P = Q; default false. Vectors have no positions */
  readonly diagonalSpatial?: boolean;
  /** The edges of `Aggregate`, one array for x1 and one for x2, or `[pattern1]` where x2 is null; default null: it does nothing */
  readonly pattern?: PatternPair | null;
  /** Entries of the inputs that are padding have this value, which may be NaN; default null: none */
  readonly maskConstant?: number | null;
  /** Called now and then with the number of pairs done and of all pairs */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the computation when aborted: the promise rejects with the signal's reason */
  readonly signal?: AbortSignal;
}

/** The name of an entry of a `Kernel`. */
export type Field = keyof Kernel;
