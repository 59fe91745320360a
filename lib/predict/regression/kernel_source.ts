/** The kernels that a regression is made of. In: a network, or its `kernelFn`, and batches. Out: matrices of one of its kernels. */
import { type NdArray, rowRange, toArray } from "../../array/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import { type KernelFn as NetworkKernelFn, layerOf } from "../../network/kernel_fn.ts";
import type { Kernel } from "../../network/kernel.ts";
import type { Layer } from "../../network/layer.ts";
import { mayBeGaussian } from "../../network/traits.ts";
import type { BlockFn } from "../../operator/blocks.ts";
import { wrongType } from "../../options.ts";
import type { Progress, Watch } from "../../pause.ts";
import {
  isNamed,
  type KernelName,
  type Kernels,
  notGaussian,
  requireReadable,
  selectKernel,
} from "../kernels.ts";
import type { KernelFn } from "../network_kernels.ts";

/** A network as `stax` makes it, or a function that computes its kernels. */
export type KernelGiver = { readonly kernelFn: NetworkKernelFn } | NetworkKernelFn | KernelFn;

/** How kernels are computed. */
export interface ComputeOptions {
  readonly backend: string;
  readonly dtype: "float64" | "float32";
}

/** One kernel of a network. */
export class KernelSource {
  readonly name: KernelName;
  readonly options: ComputeOptions;
  /** The network, if the function belongs to one */
  readonly layer: Layer | undefined;
  /** Estimated relative error of the kernels so far, from expansions of nonlinearities without a closed form */
  numericalError = 0;
  readonly #kernelFn: KernelFn;

  constructor(network: KernelGiver, name: KernelName, options: ComputeOptions) {
    const kernelFn = typeof network === "function" ? network : network?.kernelFn;
    if (typeof kernelFn !== "function") {
      throw wrongType(
        "fit a regression",
        "network",
        "a network, such as stax.Dense(1), or its kernelFn",
        network,
      );
    }
    this.#kernelFn = kernelFn as KernelFn;
    this.layer = layerOf(kernelFn as NetworkKernelFn);
    if (this.layer && !mayBeGaussian(this.layer)) throw notGaussian("the network");
    this.name = name;
    this.options = options;
  }

  /** What computes the kernel of two batches by its name: of a network, its own function. */
  get kernelFn(): NetworkKernelFn | BlockFn {
    if (this.layer) return this.#kernelFn as unknown as NetworkKernelFn;
    return (x1, x2, _get, { onProgress, signal }) => this.between(x1, x2, { onProgress, signal });
  }

  /** The kernel of two batches, or of one with itself, shape [n1, n2]. */
  async between(x1: NdArray, x2: NdArray | null, watch: Watch): Promise<NdArray> {
    const { name } = this;
    const names = this.layer ? [name, "isGaussian", "numericalErrors"] as unknown as KernelName[] : [name];
    const options = this.layer ? { ...this.options, ...watch } : { ...watch };
    const kernels: Kernels = await this.#kernelFn(x1, x2, names, options);
    if (isNamed(kernels)) {
      requireReadable(kernels, "the network");
      const { numericalErrors } = kernels as Partial<Kernel>;
      this.numericalError = Math.max(this.numericalError, numericalErrors?.[name] ?? 0);
    }
    const kernel = toArray(selectKernel(kernels, name, "the kernels of the network"), "the kernel");
    const [rows, cols] = [x1.shape[0], (x2 ?? x1).shape[0]];
    if (kernel.shape.length === 2 && kernel.shape[0] === rows && kernel.shape[1] === cols) return kernel;
    throw new UnsupportedError(
      `Cannot fit a regression as the kernel must have shape [${rows}, ${cols}]: current value is [${
        kernel.shape.join(", ")
      }]; end the network with Flatten() or GlobalAvgPool(), or use gpInference for outputs at positions`,
    );
  }

  /** The kernel of every input with itself. */
  async variances(x: NdArray, watch: Pick<Watch, "signal"> = {}): Promise<Float64Array> {
    const n = x.shape[0];
    // A block costs its square: as large as one that a call is worth for.
    const size = x.shape.length === 2 ? 64 : 8;
    const variances = new Float64Array(n);
    for (let start = 0; start < n; start += size) {
      const block = rowRange(x, start, Math.min(start + size, n));
      const { data, shape: [rows] } = await this.between(block, null, watch);
      for (let i = 0; i < rows; i++) variances[start + i] = data[i * rows + i];
    }
    return variances;
  }
}

/** Parts of a computation that report as one of so many pairs. */
export function joined({ onProgress, signal }: Watch, total: number): (pairs: number) => Watch {
  let before = 0;
  return (pairs) => {
    const start = before;
    before += pairs;
    const report = ({ done }: Progress) => onProgress?.({ done: start + done, total });
    return { signal, ...onProgress && { onProgress: report } };
  };
}
