/** What is to be kept, checked, and what comes of it. */
import type { DType, NdArray } from "../array/mod.ts";
import type { Watch } from "../pause.ts";
import type { BlockFn, KernelName } from "./blocks.ts";
import type { Tiled } from "./layout.ts";

/** What messages say is to be done. */
export const ACTION = "keep a kernel";

/** Tiles, and what ends their use. */
export interface Storage extends Tiled {
  readonly release: () => void;
}

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
