/** Kernel rules that are long, or need what is: a page loads them with what computes kernels, not with the layers. */
import { attend } from "../stax/attention/kernel.ts";
import type { GlobalSelfAttention } from "../stax/attention/attention.ts";
import { productOfBranches, sumOfBranches } from "../stax/branching_kernel.ts";
import type { Parallel, Serial } from "../stax/combined.ts";
import { kernelInSeries, kernelsSideBySide } from "../stax/combined_kernel.ts";
import type { Conv } from "../stax/conv/conv.ts";
import { convolve } from "../stax/conv/kernel.ts";
import type { FanInConcat } from "../stax/fan_in_concat.ts";
import { concatenation } from "../stax/fan_in_concat_kernel.ts";
import type { GlobalPool } from "../stax/global_pool.ts";
import { pooledGlobally } from "../stax/global_pool_kernel.ts";
import type { KernelRule } from "./layer.ts";
import type { LayerNorm } from "../stax/layer_norm.ts";
import { normalised } from "../stax/layer_norm_kernel.ts";
import { oneKernel } from "./one_branch.ts";

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
