/** The kernels of layers one after another, and side by side. */
import type { Parallel, Serial } from "./combined.ts";
import { type Context, isBranches, type KernelTree } from "./kernel_expr.ts";
import { kernelOf } from "./masked_kernel.ts";
import { branchesFor } from "./structure.ts";

/** The kernel of `serial`. */
export const kernelInSeries = ({ layers }: Serial, input: KernelTree, context: Context): KernelTree =>
  layers.reduce((k, layer) => kernelOf(layer, k, context), input);

/** The kernels of `parallel`, one a branch. */
export const kernelsSideBySide = ({ layers }: Parallel, input: KernelTree, context: Context): KernelTree =>
  branchesFor<KernelTree>(isBranches(input), input, layers.length).map((k, i) =>
    kernelOf(layers[i], k, context)
  );
