/** Dual kernels in closed form. */
import { loadKernels } from "../network/rule.ts";
import { type ArrayInput, type NdArray } from "../array/mod.ts";
import { flag } from "../options.ts";
import type { Layer } from "../network/layer.ts";
import { activationOf } from "../network/nonlinearity.ts";
import { exactActivation } from "../../kernels/named.ts";
import type { NamedDual } from "./gram_kernel.ts";
import { type DualOptions, dualOptions, requireMatrix } from "./options.ts";

/** Options of `dualKernelExact`. */
export interface ExactOptions extends DualOptions {
  /** x is the Gram matrix ⟨xᵢ, xⱼ⟩ of the points instead of the points; default false */
  readonly isXMatrix?: boolean;
}

/**
 * The dual kernel K[i, j] = E[φ(⟨w, xᵢ⟩)·φ(⟨w, xⱼ⟩)], w ~ N(0, I), in closed form. Inner products are sums, not means, over
 * the features.
 *
 * @param x points, shape (n, features), or their Gram matrix, shape (n, n)
 * @param act `relu`, `leaky_relu` (slope 0.01), `gelu`, `sin`, `cos`, `erf`, `gaussian` (exp(−t²/2)) or `abs`; or any
 * nonlinearity layer: `stax.Sign()`, …, and `stax.ElementwiseNumerical(fn)`, which integrates to its tolerance
 * @param options `isXMatrix` (default false); backend, dtype, progress and cancellation as for `kernelFn`
 * @returns shape (n, n)
 * @throws {UnsupportedError} for a name of `getAct` whose dual has no closed form.
 * @throws {RangeError} for any other name, for an entry that is not finite, and for a Gram matrix that is none.
 * @throws {TypeError} unless x is a matrix, a square one with `isXMatrix`.
 * @see Daniely, Frostig & Singer 2016 (arXiv:1602.05897), §4.2; Han et al. 2022 (arXiv:2209.04121).
 *
 * @example Points and their Gram matrix
 * ```ts
 * import { dualKernelExact } from "./exact.ts";
 * const k = await dualKernelExact([[1, 0], [0, 2]], "relu", { backend: "reference" });
 * if (k.at(1, 1) !== 2 || Math.abs(k.at(0, 1) - 1 / Math.PI) > 1e-15) throw new Error("2²/2 and 1·2/2π");
 * const same = await dualKernelExact([[1, 0], [0, 4]], "relu", { isXMatrix: true, backend: "reference" });
 * if (same.at(0, 1) !== k.at(0, 1)) throw new Error("the Gram matrix says as much");
 * ```
 */
export async function dualKernelExact(
  x: ArrayInput,
  act: string | Layer,
  options: ExactOptions = {},
): Promise<NdArray> {
  const dual = namedDual(act);
  const { isXMatrix, ...o } = dualOptions({ isXMatrix: false }, options);
  flag("compute a dual kernel", "isXMatrix", isXMatrix);
  const points = await requireMatrix(x);
  const { kernelOfGram, kernelOfRows } = await import("./gram_kernel.ts");
  if (typeof act !== "string") await loadKernels(act);
  return await (isXMatrix ? kernelOfGram : kernelOfRows)(dual, points, o);
}

function namedDual(act: string | Layer): NamedDual {
  return typeof act === "string"
    ? { ...exactActivation(act), name: act }
    : { ...activationOf(act), name: act.type };
}
