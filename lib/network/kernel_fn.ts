/** `kernelFn`: from a network and two batches to its kernel. */
import { type Field, isKernel, type Kernel, kernelFields, type KernelOptions, ownKernel } from "./kernel.ts";
import { type ArrayInput, type DataOf, type DType, NdArray, ownArray, totalSize } from "../array/mod.ts";
import { abortSignal, callable, flag, oneOf, outOfRange, withDefaults, wrongType } from "../options.ts";
import type { Computed } from "./compute.ts";
import type { Layer } from "./layer.ts";
import { requireMaskConstant } from "./mask.ts";
import type { PatternPair } from "./patterns.ts";
import { afterEntries, beginCall } from "../pause.ts";

/** An entry that was asked for: only `cov2` may be null, where x2 is. */
export type KernelEntry<F extends Field, D extends Float64Array | Float32Array> = F extends "cov2"
  ? Kernel<D>[F]
  : NonNullable<Kernel<D>[F]>;

/**
 * The kernel of a network between two batches, or the whole `Kernel` when nothing in particular is asked for.
 *
 * `x1` and `x2` have shape (n, features) or (n, …positions, features), `x2 = null` stands for x1, and so does a copy of x1.
 * A `Kernel` in place of x1 is continued.
 *
 * `get` is the name of an entry of `Kernel`, a list of names, or null (default) for all of it. The promise rejects with a
 * `TypeError` or `RangeError` for bad input, with an `UnsupportedError` for a network that has no kernel in closed form, and
 * with a `BackendUnavailableError` where the backend cannot run.
 */
export interface KernelFn {
  /** One entry of the kernel. */
  <F extends Field, T extends DType = "float64">(
    x1: ArrayInput | Kernel,
    x2: ArrayInput | null,
    get: F,
    options?: KernelOptions<T>,
  ): Promise<KernelEntry<F, DataOf<T>>>;
  /** Several entries, by name. */
  <F extends Field, T extends DType = "float64">(
    x1: ArrayInput | Kernel,
    x2: ArrayInput | null,
    get: readonly F[],
    options?: KernelOptions<T>,
  ): Promise<{ readonly [K in F]: KernelEntry<K, DataOf<T>> }>;
  /** All of it. */
  <T extends DType = "float64">(
    x1: ArrayInput | Kernel,
    x2?: ArrayInput | null,
    get?: null,
    options?: KernelOptions<T>,
  ): Promise<Kernel<DataOf<T>> & { readonly ntk: NdArray<DataOf<T>> }>;
}

const defaults: Required<KernelOptions> = {
  backend: "auto",
  dtype: "float64",
  diagonalBatch: true,
  diagonalSpatial: false,
  pattern: null,
  maskConstant: null,
  onProgress: () => {},
  signal: new AbortController().signal,
};

const layers = new WeakMap<KernelFn, Layer>();

/** The network of a `kernelFn`; undefined for other functions. */
export const layerOf = (kernelFn: KernelFn): Layer | undefined => layers.get(kernelFn);

/** The `kernelFn` of a network, computed on what `adapt` makes of the backend. */
export function kernelFnOf(layer: Layer, adapt: Computed["adapt"] = (backend) => backend): KernelFn {
  const kernelFn = async (
    x1: ArrayInput | Kernel,
    x2: ArrayInput | null = null,
    get: Field | readonly Field[] | null = null,
    options: KernelOptions = {},
  ) => {
    beginCall();
    const o = checked(options);
    const wanted = fieldsOf(get);
    const own1 = ownInput(x1, "x1");
    const inputs = [own1, x2 === x1 ? own1 as NdArray : ownInput(x2, "x2")] as const;
    await afterEntries(totalSize(inputs));
    const { computeKernel } = await import("./compute.ts");
    const kernel = await computeKernel({ layer, adapt }, inputs, wanted, o);
    // Not after a failure, when others may still read them.
    for (const input of inputs) if (input instanceof NdArray) input[Symbol.dispose]();
    if (get === null) return kernel;
    if (typeof get === "string") return kernel[get];
    return Object.fromEntries(wanted.map((field) => [field, kernel[field as keyof Kernel]]));
  };
  layers.set(kernelFn as unknown as KernelFn, layer);
  return kernelFn as unknown as KernelFn;
}

/** Inputs as they are now: the caller's may change, or be disposed of, while the kernel is computed. */
function ownInput<T extends ArrayInput | Kernel | null>(x: T, name: string): T | NdArray {
  if (isKernel(x)) return ownKernel(x) as T;
  return typeof x === "object" && x !== null ? ownArray(x as ArrayInput, name) : x;
}

/** Patterns as they are now; one that stands for both batches does so still. What is no pair is refused later. */
function ownPatterns(pair: PatternPair | null): PatternPair | null {
  if (!Array.isArray(pair)) return pair;
  const [first] = pair as PatternPair;
  const own = pair.map((pattern, k) => pattern && ownArray(pattern, `pattern[${k}]`));
  return own.map((pattern, k) => pair[k] === first ? own[0] : pattern) as unknown as PatternPair;
}

function fieldsOf(get: Field | readonly Field[] | null): readonly Field[] {
  const fields = get === null ? ["nngp", "ntk"] as const : typeof get === "string" ? [get] : get;
  if (!Array.isArray(fields) || fields.length === 0) {
    throw wrongType("compute a kernel", "get", "a name, a list of names or null", get);
  }
  for (const field of fields) {
    if (!kernelFields.includes(field)) {
      throw outOfRange("compute a kernel", "get", `among ${kernelFields.join(", ")}`, field);
    }
  }
  return fields;
}

function checked(options: KernelOptions): Required<KernelOptions> {
  const o = withDefaults("build a kernel", defaults, options);
  oneOf("compute a kernel", "dtype", o.dtype, ["float64", "float32"]);
  flag("build a kernel", "diagonalBatch", o.diagonalBatch);
  flag("build a kernel", "diagonalSpatial", o.diagonalSpatial);
  requireMaskConstant("compute a kernel", o.maskConstant);
  callable("compute a kernel", "onProgress", o.onProgress);
  abortSignal("compute a kernel", "signal", o.signal);
  return { ...o, pattern: ownPatterns(o.pattern) };
}
