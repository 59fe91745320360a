/** `tiles`: a kernel that does not fit in memory, block by block. */
import type { ArrayInput, DType, NdArray } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import { abortSignal, callable, integer, oneOf, withDefaults } from "../options.ts";
import type { Progress } from "../pause.ts";
import {
  type BlockFn,
  blockFn,
  blockOf,
  type KernelName,
  kernelNames,
  ownPoints,
  PartProgress,
} from "./blocks.ts";
import { lengthOf, rangesOf } from "./layout.ts";

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

const ACTION = "compute tiles";

/** Rows of a block in float32, 16 MiB: what is done once for its points is little beside its pairs. */
export const ROWS = 2048;

/**
 * The NNGP kernel E[f(x1ᵢ) f(x2ⱼ)], or the NTK Θ(x1ᵢ, x2ⱼ), block by block as they are done, so that no more than one has to be in
 * memory. Blocks come row by row; of `x2 = null`, which stands for x1, only those on and below the diagonal, where the ones on it are
 * symmetric.
 *
 * A block is computed when it is asked for. `using tile = …` or `tile.kernel[Symbol.dispose]()` gives its memory to the next one.
 *
 * @param kernelFn that of a network, or a function like it
 * @param x1 points along its first axis
 * @param x2 others, or null for x1
 * @param get `"nngp"` or `"ntk"`
 * @throws {TypeError} for what is no `kernelFn`, no array, or a network whose outputs keep positions.
 * @throws {RangeError} for `rows` that is no positive integer, and for bad values of the other options.
 * @throws {UnsupportedError} for a network whose batch is not the first axis.
 *
 * @example The sum of a kernel of which no more than 2 × 2 entries are in memory
 * ```ts
 * import { Dense } from "../stax/mod.ts";
 * import { tiles } from "./tiles.ts";
 *
 * let [sum, blocks] = [0, 0];
 * for await (const { rows, cols, kernel } of tiles(Dense(1).kernelFn, [[1], [2], [3]], null, "nngp", { rows: 2 })) {
 *   const times = rows[0] === cols[0] ? 1 : 2;
 *   for (const entry of kernel.data) sum += times * entry;
 *   blocks++;
 * }
 * if (sum !== (1 + 2 + 3) ** 2 || blocks !== 3) throw new Error("Σᵢⱼ xᵢ·xⱼ, of the blocks below the diagonal");
 * ```
 */
export function tiles(
  kernelFn: KernelFn | BlockFn,
  x1: ArrayInput,
  x2: ArrayInput | null,
  get: "nngp" | "ntk",
  options: TilesOptions = {},
): AsyncGenerator<Tile, void, void> {
  const defaults: TilesOptions = {
    rows: ROWS,
    backend: undefined,
    dtype: "float64",
    onProgress: undefined,
    signal: undefined,
  };
  const o = withDefaults(ACTION, defaults, options);
  const compute = blockFn(ACTION, kernelFn);
  oneOf(ACTION, "get", get, kernelNames);
  integer(ACTION, "rows", o.rows!, 1);
  oneOf(ACTION, "dtype", o.dtype, ["float64", "float32"]);
  if (o.onProgress) callable(ACTION, "onProgress", o.onProgress);
  if (o.signal) abortSignal(ACTION, "signal", o.signal);
  const inputs = { x1: ownPoints(ACTION, x1, "x1"), x2: x2 === null ? null : ownPoints(ACTION, x2, "x2") };
  return generated(compute, inputs, get, o);
}

async function* generated(
  compute: BlockFn,
  { x1, x2 }: { readonly x1: NdArray; readonly x2: NdArray | null },
  get: KernelName,
  { rows = ROWS, backend, dtype = "float64", onProgress, signal }: TilesOptions,
): AsyncGenerator<Tile, void, void> {
  const ranges = rangesOf(x1.shape[0], rows);
  const places = ranges.flatMap((row, i) =>
    (x2 === null ? ranges.slice(0, i + 1) : rangesOf(x2.shape[0], rows)).map((col) => [row, col] as const)
  );
  const size = ([row, col]: (typeof places)[number]) => lengthOf(row) * lengthOf(col);
  const progress = new PartProgress(places.reduce((sum, place) => sum + size(place), 0), onProgress);
  for (const place of places) {
    signal?.throwIfAborted();
    const part = progress.part(size(place));
    const kernel = await blockOf(ACTION, compute, { x1, x2 }, get, place, { backend, dtype, signal }, part);
    progress.end(size(place));
    yield { rows: place[0], cols: place[1], kernel };
  }
}
