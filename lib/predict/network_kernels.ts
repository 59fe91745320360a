/**
 * The kernels of a network between training inputs and test inputs. In: its `kernelFn` and the options of that; out: kernels by
 * name, of outputs that are Gaussian, each pair of batches with the patterns of its own graphs.
 */
import { type ArrayInput, type NdArray, ownArray } from "../array/mod.ts";
import type { Progress } from "../pause.ts";
import { type KernelFn as NetworkKernelFn, layerOf } from "../network/kernel_fn.ts";
import type { KernelOptions } from "../network/kernel.ts";
import type { PatternPair } from "../network/patterns.ts";
import { mayBeGaussian } from "../network/traits.ts";
import {
  isNamed,
  type KernelName,
  type Kernels,
  notGaussian,
  requireReadable,
  selectKernel,
} from "./kernels.ts";
import type { TestKernels } from "./kernel_matrix.ts";
import { type RegularizerOptions, TrainKernel, type TrainKernels } from "./train_kernel.ts";
import { wrongType } from "../options.ts";

/**
 * A function that computes the kernels of a network by name, such as the `kernelFn` of `stax.serial`. It has to read its
 * arguments before it returns.
 */
export type KernelFn = (
  x1: ArrayInput,
  x2: ArrayInput | null,
  get: KernelName[],
  options?: object,
) => Promise<Kernels>;

/** The options of `kernelFn` that leave the kernels what predictions need. */
export type PassedOptions = Omit<KernelOptions, "diagonalBatch" | "diagonalSpatial">;

/** Their names. */
export const passedNames: Readonly<Record<keyof PassedOptions, undefined>> = {
  backend: undefined,
  dtype: undefined,
  pattern: undefined,
  maskConstant: undefined,
  onProgress: undefined,
  signal: undefined,
};

/** Test inputs and the graphs that belong to them. */
export interface TestInputs {
  readonly xTest: ArrayInput | null;
  readonly pattern: PatternPair | null;
}

/** What computes the kernels of a network with fixed training inputs. */
export class NetworkKernels {
  readonly #kernelFn: KernelFn;
  readonly #isStax: boolean;
  readonly #x: NdArray;
  readonly #pattern: NdArray | null;
  readonly #options: PassedOptions;

  /** `x` and the arrays among the options are kept as they are now. */
  constructor(kernelFn: KernelFn, x: NdArray, { pattern, ...options }: PassedOptions) {
    const layer = layerOf(kernelFn as NetworkKernelFn);
    if (layer && !mayBeGaussian(layer)) throw notGaussian("the network");
    this.#kernelFn = kernelFn;
    this.#isStax = layer !== undefined;
    this.#x = x;
    this.#pattern = patternOf(pattern ?? null);
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.#options = Object.fromEntries(given);
  }

  /** The train–train kernels called `get`. */
  train(get: readonly KernelName[]): Promise<Kernels> {
    return this.#compute([this.#x, null], get, [this.#pattern], this.#options);
  }

  /**
   * The test–train kernels called `get` and, with `withPrior`, the NNGP kernel of the test inputs. `kernelFn` is called for both
   * before this returns, as the caller's arrays may change then.
   */
  async test(
    { xTest, pattern }: TestInputs,
    get: readonly KernelName[],
    withPrior: boolean,
  ): Promise<TestKernels> {
    const own = this.#testPattern(xTest, pattern);
    if (xTest === null) return { testTrain: null, testTest: withPrior || null };
    const x = this.#isStax ? ownArray(xTest, "xTest") : xTest;
    const options = withJoinedProgress(this.#options);
    const [testTrain, testTest] = await Promise.all([
      this.#compute([x, this.#x], get, [own, this.#pattern], options()),
      withPrior ? this.#compute([x, null], ["nngp"], [own], options()) : null,
    ]);
    return { testTrain, testTest };
  }

  async #compute(
    [x1, x2]: readonly [ArrayInput, ArrayInput | null],
    get: readonly KernelName[],
    patterns: readonly (NdArray | null)[],
    options: PassedOptions,
  ): Promise<Kernels> {
    const names = this.#isStax ? [...get, "isGaussian" as KernelName] : [...get];
    const pattern = this.#pattern && { pattern: patterns };
    const kernels = await this.#kernelFn(x1, x2, names, { ...options, ...pattern });
    if (isNamed(kernels)) requireReadable(kernels, "the network");
    return kernels;
  }

  #testPattern(xTest: ArrayInput | null, pattern: PatternPair | null): NdArray | null {
    const own = patternOf(pattern);
    if (own && xTest === null) {
      throw new TypeError(
        "Cannot predict as xTest must be given with pattern: current value is null, " +
          "write the pattern of xTrain among the options",
      );
    }
    if (own && this.#pattern === null) {
      throw new TypeError(
        "Cannot predict as the options must have a pattern, of xTrain, where the query has one of xTest: " +
          "current value is null",
      );
    }
    if (xTest !== null && this.#pattern && !own) {
      throw new TypeError(
        "Cannot predict as the query must have a pattern, of xTest, where the options have one of xTrain: " +
          "current value is null",
      );
    }
    return own;
  }
}

/** The one pattern of a list, as `kernelFn` takes it where x2 is null. */
function patternOf(pattern: PatternPair | null): NdArray | null {
  if (pattern === null) return null;
  const [first = null, second = null] = Array.isArray(pattern) ? pattern : [];
  if (!Array.isArray(pattern) || pattern.length > 2 || (second !== null && second !== first)) {
    throw wrongType("predict", "pattern", "a list of one array, [pattern]", pattern);
  }
  return first === null ? null : ownArray(first, "pattern");
}

/** Options for several kernels that are computed at the same time: their progress is that of all of them. */
function withJoinedProgress(options: PassedOptions): () => PassedOptions {
  const { onProgress } = options;
  if (typeof onProgress !== "function") return () => options;
  const parts: Progress[] = [];
  const sum = (entry: keyof Progress) => parts.reduce((total, part) => total + part[entry], 0);
  return () => {
    const index = parts.push({ done: 0, total: 0 }) - 1;
    const report = (progress: Progress) => {
      parts[index] = progress;
      onProgress({ done: sum("done"), total: sum("total") });
    };
    return { ...options, onProgress: report };
  };
}

/** Computes the kernels that are asked for and not there yet, all of them in one call. */
export class TrainKernelCache {
  readonly #compute: (get: KernelName[]) => Promise<Kernels>;
  readonly #options: RegularizerOptions;
  readonly #ready = new Map<KernelName, TrainKernel>();
  readonly #pending = new Map<KernelName, Promise<void>>();

  constructor(compute: (get: KernelName[]) => Promise<Kernels>, options: RegularizerOptions) {
    this.#compute = compute;
    this.#options = options;
  }

  /** The kernels computed so far. */
  get ready(): TrainKernels {
    return this.#ready;
  }

  /** All kernels computed so far, those called `names` among them. */
  async load(names: readonly KernelName[]): Promise<TrainKernels> {
    const missing = names.filter((name) => !this.#pending.has(name));
    if (missing.length > 0) {
      const computed = this.#add(missing);
      for (const name of missing) this.#pending.set(name, computed);
      // A computation that failed or was cancelled is tried again by the next call.
      computed.catch(() => missing.forEach((name) => this.#pending.delete(name)));
    }
    await Promise.all(names.map((name) => this.#pending.get(name)));
    return this.#ready;
  }

  async #add(names: KernelName[]): Promise<void> {
    const kernels = await this.#compute(names);
    for (const name of names) {
      const kernel = selectKernel(kernels, name, "kTrainTrain");
      this.#ready.set(name, new TrainKernel(kernel, `kTrainTrain.${name}`, this.#options));
    }
  }
}
