/** Dual kernels by Monte Carlo: one random layer. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import { outOfRange } from "../options.ts";
import type { Key } from "../random/mod.ts";
import { activationFunction } from "../../kernels/named.ts";
import { type DualOptions, dualOptions, requireMatrix } from "./options.ts";

/** Options of `dualKernelEmpirical`. */
export interface EmpiricalOptions extends DualOptions {
  /** Number of random features; default 1024 */
  readonly numHiddens?: number;
  /** The activation, a name of `getAct`; default `"gelu"` */
  readonly act?: string;
}

/**
 * The Monte Carlo estimate K = φ(xw)·φ(xw)ᵀ/m of the dual kernel, w = random.normal(key, [features, m]), m = `numHiddens`: the
 * numbers that the Python library draws. Its error falls like 1/√m.
 *
 * @param x points, shape (n, features)
 * @param key a key, `random.key(0)`
 * @param options `numHiddens` (default 1024), `act` (default `"gelu"`, see `getAct`); backend, dtype, progress and
 * cancellation as for `kernelFn`
 * @returns shape (n, n)
 * @throws {TypeError} unless x is a matrix and key a key.
 * @throws {RangeError} for an unknown activation, a number of features that is not a positive integer, and an entry of x that
 * is not finite; if the kernel overflows.
 * @see Rahimi & Recht 2007, "Random features for large-scale kernel machines".
 *
 * @example Close to the exact kernel
 * ```ts
 * import { key } from "../random/mod.ts";
 * import { dualKernelEmpirical } from "./empirical.ts";
 * const k = await dualKernelEmpirical([[1, 0], [0, 2]], key(0), { numHiddens: 4096, act: "relu", backend: "reference" });
 * if (Math.abs(k.at(1, 1) - 2) > 0.2) throw new Error("2²/2 but for the noise");
 * ```
 */
export async function dualKernelEmpirical(
  x: ArrayInput,
  key: Key,
  options: EmpiricalOptions = {},
): Promise<NdArray> {
  const { numHiddens, act, ...o } = dualOptions({ numHiddens: 1024, act: "gelu" }, options);
  if (!Number.isSafeInteger(numHiddens) || numHiddens < 1) {
    throw outOfRange("estimate a dual kernel", "numHiddens", "a positive integer", numHiddens);
  }
  const phi = activationFunction(act);
  const points = await requireMatrix(x);
  const { monteCarloKernel } = await import("./monte_carlo_kernel.ts");
  return await monteCarloKernel(phi, points, { key, numHiddens }, o);
}
