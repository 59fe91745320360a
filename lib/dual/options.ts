/** What all dual kernels are given: options, and points as the rows of a matrix. */
import { type ArrayInput, assertDType, assertFinite, type NdArray, ownArray } from "../array/mod.ts";
import { afterEntries, beginCall } from "../pause.ts";
import { abortSignal, callable, withDefaults } from "../options.ts";
import type { KernelOptions } from "../network/kernel.ts";

/** Where and how a dual is computed: the options of `kernelFn` that it has a use for. */
export type DualOptions = Pick<KernelOptions, "backend" | "dtype" | "onProgress" | "signal">;

const dualDefaults: Required<DualOptions> = {
  backend: "auto",
  dtype: "float64",
  onProgress: () => {},
  signal: new AbortController().signal,
};

/** Begins a call: `options` with the defaults filled in, those of a dual's `own` ones too, after refusing what is no option. */
export function dualOptions<T extends object>(
  own: T,
  options: Partial<T> & DualOptions,
): T & Required<DualOptions> {
  beginCall();
  const o = withDefaults<object>("build a dual kernel", { ...dualDefaults, ...own }, options) as
    & T
    & Required<DualOptions>;
  assertDType(o.dtype, "compute a dual kernel");
  callable("compute a dual kernel", "onProgress", o.onProgress);
  abortSignal("compute a dual kernel", "signal", o.signal);
  o.signal.throwIfAborted();
  return o;
}

/** A copy of `x` as it is at the call, since the caller may change it, if it is a finite matrix; timers have their turn after a large one. */
export async function requireMatrix(x: ArrayInput): Promise<NdArray> {
  const a = ownArray(x, "x");
  if (a.shape.length !== 2) {
    throw new TypeError(
      `Cannot compute a dual kernel as x must be a matrix, a row a point: current value has shape [${
        a.shape.join(", ")
      }]`,
    );
  }
  assertFinite(a, "x");
  await afterEntries(a.size);
  return a;
}
