/** The train–train kernel with its regularizer, factored or diagonalized at most once. */
import type { NdArray } from "../array.ts";
import { meanDiagonal } from "../linalg/cholesky.ts";
import type { Eigensystem } from "../linalg/eigh.ts";
import { diagonalize, type Factor, factorize } from "../linalg/factor.ts";
import { type KernelMatrix, kernelMatrix, requireAxes } from "./kernel_matrix.ts";
import type { KernelName } from "./kernels.ts";
import { flag } from "../options.ts";
import { requireNonNegative } from "./ranges.ts";

/** What is added to the diagonal of the train–train kernel. */
export interface RegularizerOptions {
  /** Strength of the diagonal regularizer: K + diagReg·s·I with s from `diagRegAbsoluteScale`. Default 0. */
  readonly diagReg?: number;
  /** `true` for s = 1, `false` for s = the mean diagonal entry of K. Default `false`. */
  readonly diagRegAbsoluteScale?: boolean;
  /**
   * Largest jitter that may be added besides, as a multiple of the mean diagonal entry, when K + diagReg·s·I is not
   * positive definite in float64. Whatever is used is reported in `predictFn.jitter`; it is 0 whenever the plain
   * factorization succeeds. Default 1e-10; 0 forbids it.
   */
  readonly maxJitter?: number;
}

/** Refuses strengths of the regularizer that are negative or not finite, and a scale that is no flag. */
export function requireRegularizer(
  { diagReg = 0, diagRegAbsoluteScale = false, maxJitter = 0 }: RegularizerOptions,
): void {
  requireNonNegative(diagReg, "diagReg");
  flag("predict", "diagRegAbsoluteScale", diagRegAbsoluteScale);
  requireNonNegative(maxJitter, "maxJitter");
}

/** K + diagReg·s·I for a symmetric K over the training points. */
export class TrainKernel {
  /** K without the regularizer. */
  readonly kernel: KernelMatrix;
  readonly #name: string;
  readonly #shift: number;
  readonly #maxJitter: number;
  #jitter?: number;
  #factor?: Promise<Factor>;
  #spectrum?: Promise<Eigensystem>;

  constructor(kernel: NdArray, name: string, options: RegularizerOptions) {
    requireRegularizer(options);
    const { diagReg = 0, diagRegAbsoluteScale = false, maxJitter = 1e-10 } = options;
    this.kernel = kernelMatrix(kernel, name);
    requireAxes(this.kernel.cols, this.kernel.rows, `the column axes of ${name}`);
    this.#name = name;
    this.#shift = diagRegAbsoluteScale ? diagReg : diagReg * meanDiagonal(this.kernel.matrix);
    this.#maxJitter = maxJitter;
  }

  /** diagReg·s: what is added to every diagonal entry of K. */
  get shift(): number {
    return this.#shift;
  }

  /** The jitter that the factorization needed, `undefined` as long as there is none. */
  get jitter(): number | undefined {
    return this.#jitter;
  }

  /** (K + diagReg·s·I)⁻¹·B. */
  async solve(b: NdArray): Promise<NdArray<Float64Array>> {
    return (await this.#factored()).solve(b);
  }

  /** L⁻¹·B for K + diagReg·s·I = L·Lᵀ: the half of a solve that a quadratic form needs. */
  async whiten(b: NdArray): Promise<NdArray<Float64Array>> {
    return (await this.#factored()).whiten(b);
  }

  /** Eigenvalues of K + diagReg·s·I and the eigenvectors. */
  spectrum(): Promise<Eigensystem> {
    return this.#spectrum ??= this.#diagonalize();
  }

  #factored(): Promise<Factor> {
    return this.#factor ??= this.#factorize();
  }

  async #factorize(): Promise<Factor> {
    const options = { shift: this.#shift, maxJitter: this.#maxJitter, name: this.#name };
    const factor = await factorize(this.kernel.matrix, options);
    this.#jitter = factor.jitter;
    return factor;
  }

  async #diagonalize(): Promise<Eigensystem> {
    const { values, vectors } = await diagonalize(this.kernel.matrix, { name: this.#name });
    // K and its regularized form share their eigenvectors.
    for (let i = 0; i < values.size; i++) values.data[i] += this.#shift;
    return { values, vectors };
  }
}

/** The train–train kernels of a problem by name; a single array stands for both names as one object. */
export type TrainKernels = ReadonlyMap<KernelName, TrainKernel>;

/** The train–train kernel called `name`. */
export function trainKernel(kernels: TrainKernels, name: KernelName): TrainKernel {
  const kernel = kernels.get(name);
  if (kernel !== undefined) return kernel;
  const names = [...kernels.keys()].map((other) => `"${other}"`).join(", ");
  throw new TypeError(`Cannot predict as kTrainTrain must contain "${name}": current value has ${names}`);
}

/** The jitter that each factorization needed; a kernel that has not been factored is absent. */
export type JitterByKernel = { readonly [K in KernelName]?: number };

/** Gives a function the property `jitter`, read when it is asked for. */
export function withJitter<F extends object, J>(predictFn: F, read: () => J): F & { readonly jitter: J } {
  return Object.defineProperty(predictFn, "jitter", { get: read, enumerable: true }) as F & {
    readonly jitter: J;
  };
}

/** What `predictFn.jitter` shows for several kernels. */
export function jitterOf(kernels: TrainKernels): JitterByKernel {
  return Object.fromEntries(
    [...kernels].flatMap(([name, { jitter }]) => jitter === undefined ? [] : [[name, jitter]]),
  );
}
