/** Dual kernels by truncated Hermite expansion. */
import type { ArrayInput, NdArray } from "../array/mod.ts";
import { flag } from "../options.ts";
import type { Forward } from "../network/activation.ts";
import { traceForward } from "../../kernels/numerical/trace.ts";
import { activationFunction } from "../../kernels/named.ts";
import { requireDegree } from "../../kernels/polynomials/check.ts";
import { type DualOptions, dualOptions, requireMatrix } from "./options.ts";

/** The longest expansion. */
const MOST = 4096;

/** Options of `dualKernelHermite`. */
export interface HermiteOptions extends DualOptions {
  /**
   * Adds what the diagonal lacks as the powers degree + 1 and degree + 2 of the cosine, one for the even and one for the odd
   * terms left out: then K[i, i] is exact, and entries between unlike points change little; default false
   */
  readonly exactDiagonal?: boolean;
}

/**
 * The dual kernel of the first terms of the Hermite expansion of f at the norm of each point,
 *
 * K[i, j] = Σₖ aₖ(‖xᵢ‖)·aₖ(‖xⱼ‖)·cosᵏ of the angle between them, k = 0 … degree, with aₖ(σ) = E[f(σz)·hₖ(z)]:
 *
 * the best approximation of f by a polynomial of this degree for each point, where `dualKernelPoly` takes the one for norm 1
 * at all of them and diverges with the degree at norms above.
 *
 * @param x points, shape (n, features)
 * @param act a name of `getAct`, an expression `(x) => x.tanh()` or an ordinary function
 * @param degree from 0 to 4096
 * @param options `exactDiagonal` (default false); backend, dtype, progress and cancellation as for `kernelFn`
 * @returns shape (n, n)
 * @throws {RangeError} for another degree, an unknown name and entries that are not finite.
 * @throws {TypeError} unless x is a matrix.
 * @see Han et al. 2022 (arXiv:2209.04121), §3.
 *
 * @example The error falls with the degree
 * ```ts
 * import { dualKernelExact } from "./exact.ts";
 * import { dualKernelHermite } from "./hermite.ts";
 * const x = [[1, 0], [0.6, 1.2]];
 * const exact = (await dualKernelExact(x, "gelu")).at(0, 1);
 * const error = async (degree: number) => Math.abs((await dualKernelHermite(x, "gelu", degree)).at(0, 1) - exact);
 * if (!(await error(8) < 1e-3 * await error(1))) throw new Error("eight terms must be better than one");
 * ```
 */
export async function dualKernelHermite(
  x: ArrayInput,
  act: string | Forward,
  degree: number,
  options: HermiteOptions = {},
): Promise<NdArray> {
  requireDegree("compute a dual kernel", degree, MOST);
  const { exactDiagonal, ...o } = dualOptions({ exactDiagonal: false }, options);
  flag("compute a dual kernel", "exactDiagonal", exactDiagonal);
  const points = await requireMatrix(x);
  const f = typeof act === "string" ? activationFunction(act) : traceForward(act).call;
  const { kernelOfSeries } = await import("./gram_kernel.ts");
  const { truncatedTable } = await import("../../kernels/numerical/fixed_tables.ts");
  return await kernelOfSeries("a Hermite expansion", truncatedTable(f, degree, exactDiagonal), points, o);
}
