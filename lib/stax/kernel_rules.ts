/** Kernel rules that are long, or need what is: a page loads them with what computes kernels, not with the layers. */
import { attend } from "./attention_kernel.ts";
import type { GlobalSelfAttention } from "./attention.ts";
import { productOfBranches, sumOfBranches } from "./branching_kernel.ts";
import type { Parallel, Serial } from "./combined.ts";
import { kernelInSeries, kernelsSideBySide } from "./combined_kernel.ts";
import type { Conv } from "./conv.ts";
import { convolve } from "./conv_kernel.ts";
import type { FanInConcat } from "./fan_in_concat.ts";
import { concatenation } from "./fan_in_concat_kernel.ts";
import type { GlobalPool } from "./global_pool.ts";
import { pooledGlobally } from "./global_pool_kernel.ts";
import type { KernelRule } from "./layer.ts";
import type { LayerNorm } from "./layer_norm.ts";
import { normalised } from "./layer_norm_kernel.ts";
import { oneKernel } from "./single.ts";

const convolutional: KernelRule = (layer, input, context) =>
  convolve(layer as Conv, oneKernel(layer.type, input), context);

const globalPooling: KernelRule = (layer, input, context) =>
  pooledGlobally(layer as GlobalPool, oneKernel(layer.type, input), context);

/** The rules by the type of the layer, for layers whose own have none. */
export const kernelRules: Readonly<Record<string, KernelRule>> = {
  Conv: convolutional,
  ConvLocal: convolutional,
  ConvTranspose: convolutional,
  FanInConcat: (layer, input, context) => concatenation(layer as FanInConcat, input, context),
  FanInProd: (_layer, input) => productOfBranches(input),
  FanInSum: (_layer, input) => sumOfBranches(input),
  GlobalAvgPool: globalPooling,
  GlobalSelfAttention: (layer, input, context) =>
    attend(layer as GlobalSelfAttention, oneKernel(layer.type, input), context),
  GlobalSumPool: globalPooling,
  LayerNorm: (layer, input, context) => normalised(layer as LayerNorm, oneKernel(layer.type, input), context),
  parallel: (layer, input, context) => kernelsSideBySide(layer as Parallel, input, context),
  serial: (layer, input, context) => kernelInSeries(layer as Serial, input, context),
};
