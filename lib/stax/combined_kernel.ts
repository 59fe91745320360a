/** The kernels of layers one after another, and side by side. */
import type { Steps } from "../steps.ts";
import type { Layer } from "../network/layer.ts";
import { type Context, isBranches, type KernelTree } from "../network/kernel_expr.ts";
import { kernelOf } from "../network/masked_kernel.ts";
import { branchesFor } from "../network/traits.ts";

/** The kernel of `serial`. */
export function* kernelInSeries(
  layers: readonly Layer[],
  input: KernelTree,
  context: Context,
): Steps<KernelTree> {
  let k = input;
  for (const layer of layers) k = yield* kernelOf(layer, k, context);
  return k;
}

/** The kernels of `parallel`, one a branch. */
export function* kernelsSideBySide(
  layers: readonly Layer[],
  input: KernelTree,
  context: Context,
): Steps<KernelTree> {
  const outputs: KernelTree[] = [];
  for (const [i, k] of branchesFor<KernelTree>(isBranches(input), input, layers.length).entries()) {
    outputs.push(yield* kernelOf(layers[i], k, context));
  }
  return outputs;
}
