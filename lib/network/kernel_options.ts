/** What a call of `kernelFn` says besides the inputs. */
import type { DType } from "../array/mod.ts";
import type { Progress } from "../pause.ts";
import type { Kernel } from "./kernel.ts";
import type { PatternPair } from "./patterns.ts";

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
