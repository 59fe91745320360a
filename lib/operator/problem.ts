/** What is to be kept, checked, and what comes of it. */
import type { DType, NdArray } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import type { KernelFn } from "../network/kernel_fn.ts";
import type { Functions } from "../network/network.ts";
import { abortSignal, callable, integer, oneOf, withDefaults, wrongType } from "../options.ts";
import type { Watch } from "../pause.ts";
import { type BlockFn, blockFn, type KernelName, kernelNames, requirePoints, ROWS } from "./blocks.ts";
import type { KernelOperatorOptions } from "./options.ts";

/** What messages say is to be done. */
export const ACTION = "keep a kernel";

/** A kernel that is to be kept, checked. */
export interface KernelProblem extends Watch {
  readonly compute: BlockFn;
  readonly x: NdArray;
  readonly kernel: KernelName;
  readonly tileRows: number;
  readonly path: string | null;
  readonly backend: string | undefined;
  readonly dtype: DType;
}

/** The problem of an operator, with arguments that may be wrong. */
export function problemOf(
  network: Pick<Functions, "kernelFn"> | KernelFn | BlockFn,
  x: NdArray,
  kernel: KernelName,
  options: KernelOperatorOptions,
): KernelProblem {
  const defaults: KernelOperatorOptions = {
    tileRows: undefined,
    path: null,
    backend: undefined,
    dtype: "float64",
    onProgress: undefined,
    signal: undefined,
  };
  const { tileRows, path, backend, dtype, onProgress, signal } = withDefaults(ACTION, defaults, options);
  const compute = blockFn(ACTION, typeof network === "function" ? network : network?.kernelFn);
  oneOf(ACTION, "kernel", kernel, kernelNames);
  oneOf(ACTION, "dtype", dtype, ["float64", "float32"]);
  if (onProgress) callable(ACTION, "onProgress", onProgress);
  if (signal) abortSignal(ACTION, "signal", signal);
  requirePoints(ACTION, x, "x");
  return {
    ...{ compute, x, kernel, backend, dtype: dtype!, onProgress, signal },
    tileRows: tileRows === undefined ? rowsFor(x.shape[0]) : integer(ACTION, "tileRows", tileRows, 1),
    path: path == null ? null : requirePath(path),
  };
}

/** Eight blocks are enough for all threads, of 256 rows or more, as smaller ones take longer to compute. */
const rowsFor = (n: number) => Math.min(ROWS, Math.max(256, 64 * Math.ceil(n / (8 * 64))));

function requirePath(path: string): string {
  if (typeof path !== "string" || path === "") throw wrongType(ACTION, "path", "the path of a file", path);
  if (typeof globalThis.Deno?.open === "function") return path;
  throw new UnsupportedError(
    `Cannot ${ACTION} as path must be null where there is no Deno: current value is ${JSON.stringify(path)}`,
  );
}
