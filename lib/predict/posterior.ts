/** Posterior mean and covariance of a Gaussian process from matrices of kernels. */
import { NdArray, toArray, transpose, zeros } from "../array.ts";
import { matmul, matmulTransposed } from "../linalg/matmul.ts";
import { isNamed, type KernelName, type Kernels, selectKernel } from "./kernels.ts";
import { kernelArray, type KernelMatrix, kernelMatrix, requireAxes } from "./kernel_matrix.ts";
import { type Labels, outputsOf } from "./labels.ts";
import { type RegularizerOptions, TrainKernel } from "./train_kernel.ts";

/** A prediction with its uncertainty. */
export interface Gaussian {
  /** Posterior mean, shape [...times, ...points, channels]. */
  readonly mean: NdArray<Float64Array>;
  /** Posterior covariance of every output channel, shape [...times, points, points] (paired axes with positions). */
  readonly covariance: NdArray<Float64Array>;
}

/** The train–train kernels of a problem, each of them checked and factored at most once. */
export class TrainKernels {
  readonly #kernels: Kernels;
  readonly #options: RegularizerOptions;
  readonly #ready = new Map<KernelName, TrainKernel>();

  constructor(kernels: Kernels, options: RegularizerOptions) {
    this.#kernels = kernels;
    this.#options = options;
  }
}
