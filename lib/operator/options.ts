/** What callers of `tiles` and `KernelOperator` choose, and the blocks that they get. */
import type { DType, NdArray } from "../array/mod.ts";
import type { Progress } from "../pause.ts";

/** A block of a kernel. */
export interface Tile {
  /** Its rows of the kernel: the first, and the one behind the last. */
  readonly rows: readonly [from: number, to: number];
  /** Its columns, likewise. */
  readonly cols: readonly [from: number, to: number];
  /** Its entries, of shape [rows, cols]. */
  readonly kernel: NdArray;
}

/** Options of `tiles`. */
export interface TilesOptions {
  /** Most rows, and columns, of a block. Default 2048. */
  readonly rows?: number;
  /** The backend, as of `kernelFn`. Default `"auto"`. */
  readonly backend?: string;
  /** The precision, as of `kernelFn`. Default `"float64"`. */
  readonly dtype?: DType;
  /** Called now and then with the number of pairs done and of all pairs. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the computation when aborted: the next block rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Options of `KernelOperator.of`. */
export interface KernelOperatorOptions {
  /**
   * Rows, and columns, of a tile. Default: as many as make eight blocks of n points, a multiple of 64 from 256 to 2048.
   */
  readonly tileRows?: number;
  /**
   * Path of a file that keeps the tiles, 2·n² bytes, for one call at a time. If it is there, the tiles that it has are not computed
   * again. It is read for every product, and not removed at the end. Default `null`: tiles are in memory. Needs Deno, and the
   * permissions to read and write `path` and `path + ".partial"`; with that for FFI the file is mapped into memory, without it is
   * read into memory once.
   */
  readonly path?: string | null;
  /** The backend that computes the kernel, as of `kernelFn`. Default `"auto"`. */
  readonly backend?: string;
  /**
   * The precision in which the kernel is computed, as of `kernelFn`. Default `"float64"`. `"float32"` takes two thirds of the time;
   * predictions for MNIST with noise of 10⁻³ of the diagonal are then off by 3·10⁻⁵, and by 2·10⁻⁷ with float64.
   */
  readonly dtype?: DType;
  /** Called after each tile, and now and then, with the number of entries that are there and of all that are kept. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the computation when aborted; tiles that are in a file stay there. */
  readonly signal?: AbortSignal;
}
