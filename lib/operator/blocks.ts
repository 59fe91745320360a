/** Blocks of kernels, computed one after the other: those of `tiles` and of `KernelOperator`. */
import { type DType, NdArray, rowRange } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { type KernelFn, layerOf } from "../network/kernel_fn.ts";
import { ruleOf } from "../network/rule.ts";
import type { Progress, Watch } from "../pause.ts";
import { wrongType } from "../options.ts";
import { lengthOf, type Range } from "./layout.ts";

/** The kernels that blocks are computed of. */
export type KernelName = "nngp" | "ntk";

/** Rows of a block, which has 32 MiB in float64: what is done once for its points is little beside its pairs. */
export const ROWS = 2048;

/** Those names. */
export const kernelNames: readonly KernelName[] = ["nngp", "ntk"];

/**
 * What computes the kernel called `get` between two batches, of which the second may be null for the first: the `kernelFn` of a network,
 * or a function like it.
 */
export type BlockFn = (
  x1: NdArray,
  x2: NdArray | null,
  get: "nngp" | "ntk",
  options: {
    readonly backend?: string;
    readonly dtype?: DType;
    readonly onProgress?: (progress: Progress) => void;
    readonly signal?: AbortSignal;
  },
) => Promise<NdArray> | NdArray;

/** `kernelFn` as what computes blocks; refuses what is no function, and batches that are not along the first axis. */
export function blockFn(action: string, kernelFn: KernelFn | BlockFn): BlockFn {
  if (typeof kernelFn !== "function") {
    throw wrongType(action, "kernelFn", "that of a network, such as stax.serial(…).kernelFn", kernelFn);
  }
  const layer = layerOf(kernelFn as KernelFn);
  const batchAxis = layer && ruleOf(layer).axes?.(layer)?.batchAxis;
  if (batchAxis) {
    throw new UnsupportedError(
      `Cannot ${action} as the batch must be the first axis: current value is ${batchAxis}, leave batchAxis out`,
    );
  }
  return kernelFn as BlockFn;
}

/** Refuses a number in place of points. */
export function requirePoints(action: string, x: NdArray, name: string): void {
  if (x.shape.length > 0) return;
  throw wrongType(action, name, "an array of points along its first axis", x.data[0]);
}

/** How blocks are computed. */
export interface BlockOptions {
  readonly backend?: string;
  readonly dtype: DType;
  readonly signal?: AbortSignal;
}

/** Both batches, x2 null where it is x1. */
export interface Inputs {
  readonly x1: NdArray;
  readonly x2: NdArray | null;
}

/** One block: symmetric where the ranges are of the same batch and the same. */
export async function blockOf(
  action: string,
  compute: BlockFn,
  { x1, x2 }: Inputs,
  get: KernelName,
  [rows, cols]: readonly [Range, Range],
  { signal, ...options }: BlockOptions,
  onProgress?: (progress: Progress) => void,
): Promise<NdArray> {
  const isDiagonal = x2 === null && rows[0] === cols[0] && rows[1] === cols[1];
  const given = Object.entries({ ...options, signal, onProgress }).filter(([, value]) => value !== undefined);
  const kernel = await compute(
    rowRange(x1, ...rows),
    isDiagonal ? null : rowRange(x2 ?? x1, ...cols),
    get,
    Object.fromEntries(given) as unknown as Parameters<BlockFn>[3],
  );
  const shape = [lengthOf(rows), lengthOf(cols)];
  if (String(kernel?.shape) === String(shape)) return kernel;
  throw new TypeError(
    `Cannot ${action} as a kernel of ${shape.join(" × ")} points must have shape [${shape.join(", ")}]: ` +
      `current value is [${
        kernel?.shape?.join(", ")
      }], end networks with positions with Flatten() or GlobalAvgPool()`,
  );
}

/** Reports of parts, each of a size, as reports of all of them. */
export class PartProgress {
  #done: number;
  readonly #total: number;
  readonly #report: Watch["onProgress"];

  constructor(total: number, report: Watch["onProgress"], done = 0) {
    this.#total = total;
    this.#report = report;
    this.#done = done;
    report?.({ done, total });
  }

  /** What is told of a part, which is not done before `end`. */
  part(size: number): ((progress: Progress) => void) | undefined {
    return this.#report && (({ done, total }) => {
      if (done < total) {
        this.#report!({ done: this.#done + Math.floor(size * done / total), total: this.#total });
      }
    });
  }

  /** A part of a size is done. */
  end(size: number): void {
    this.#done += size;
    this.#report?.({ done: this.#done, total: this.#total });
  }
}
