/** The blocks that `tiles` gives, one after the other. */
import type { DType } from "../array/mod.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import { abortSignal, callable, integer, oneOf, withDefaults } from "../options.ts";
import {
  type BlockFn,
  blockFn,
  blockOf,
  type Inputs,
  type KernelName,
  kernelNames,
  PartProgress,
  requirePoints,
  ROWS,
} from "./blocks.ts";
import { lengthOf, rangesOf } from "./layout.ts";
import type { Tile, TilesOptions } from "./options.ts";

const ACTION = "compute tiles";

/** The blocks of a kernel of points, with options that may be wrong. */
export async function* blocks(
  kernelFn: KernelFn | BlockFn,
  { x1, x2 }: Inputs,
  get: KernelName,
  options: TilesOptions,
): AsyncGenerator<Tile, void, void> {
  const { rows, backend, dtype, onProgress, signal } = checked(options);
  const compute = blockFn(ACTION, kernelFn);
  oneOf(ACTION, "get", get, kernelNames);
  requirePoints(ACTION, x1, "x1");
  if (x2) requirePoints(ACTION, x2, "x2");
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

function checked(options: TilesOptions) {
  const defaults: TilesOptions = {
    rows: ROWS,
    backend: undefined,
    dtype: "float64",
    onProgress: undefined,
    signal: undefined,
  };
  const { rows, backend, dtype, onProgress, signal } = withDefaults(ACTION, defaults, options);
  if (onProgress) callable(ACTION, "onProgress", onProgress);
  if (signal) abortSignal(ACTION, "signal", signal);
  return {
    ...{ backend, onProgress, signal },
    rows: integer(ACTION, "rows", rows!, 1),
    dtype: oneOf<DType>(ACTION, "dtype", dtype, ["float64", "float32"]),
  };
}
