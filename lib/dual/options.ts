/** The options that all dual kernels share. */
import { assertDType } from "../array/dtype.ts";
import { abortSignal, callable, withDefaults } from "../options.ts";
import type { KernelOptions } from "../network/kernel_options.ts";

/** Where and how a dual is computed: the options of `kernelFn` that it has a use for. */
export type DualOptions = Pick<KernelOptions, "backend" | "dtype" | "onProgress" | "signal">;

/** Their defaults. */
export const dualDefaults: Required<DualOptions> = {
  backend: "auto",
  dtype: "float64",
  onProgress: () => {},
  signal: new AbortController().signal,
};

/** `options` with the defaults filled in, after refusing what is no option. */
export function dualOptions<T extends Required<DualOptions>>(defaults: T, options: Partial<T>): T {
  const o = withDefaults("build a dual kernel", defaults, options);
  assertDType(o.dtype, "compute a dual kernel");
  callable("compute a dual kernel", "onProgress", o.onProgress);
  abortSignal("compute a dual kernel", "signal", o.signal);
  o.signal.throwIfAborted();
  return o;
}
