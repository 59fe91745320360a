/** The dual kernel of a polynomial. */
import { type ArrayInput, NdArray } from "../array/mod.ts";
import { positive } from "../options.ts";
import { requireCoefficients } from "../../kernels/polynomials/check.ts";
import { type DualOptions, dualOptions, requireMatrix } from "./options.ts";

/**
 * The dual kernel K[i, j] = E[f(⟨w, xᵢ⟩)·f(⟨w, xⱼ⟩)], w ~ N(0, I), of the polynomial f(t) = Σ coeffs[n]·tⁿ, its term of the
 * highest degree included.
 *
 * K = Σₗ aₗ(‖xᵢ‖)·aₗ(‖xⱼ‖)·cosˡ of the angle between them, with aₗ(r) = √l!·Σᵢ coeffs[l+2i]·(l+2i)!/(2ⁱ i! l!)·r^(l+2i): a few
 * numbers a point, in double-doubles as they cancel, and a polynomial a pair.
 *
 * @param coeffs monomial coefficients from the constant one upwards, at least one and at most 257
 * @param x points, shape (n, features)
 * @param a unit of length: inner products are those of x/a, which keeps them in range where the points are huge or tiny; the
 * kernel does not depend on it
 * @param options backend, dtype, progress and cancellation as for `kernelFn`
 * @returns shape (n, n)
 * @throws {TypeError} unless coeffs is a list and x a matrix.
 * @throws {RangeError} for a degree above 256, an `a` that is not positive, an entry that is not finite, or an overflow.
 * @see Mehler's formula; Han et al. 2022 (arXiv:2209.04121).
 *
 * @example E[(u² − 1)(v² − 1)] = 2⟨x, y⟩² for unit vectors
 * ```ts
 * import { dualKernelPoly } from "./poly.ts";
 * const k = await dualKernelPoly([-1, 0, 1], [[1, 0], [0.6, 0.8]], 1, { backend: "reference" });
 * if (Math.abs(k.at(0, 1) - 0.72) > 1e-15) throw new Error("2·0.6² must be 0.72");
 * ```
 */
export async function dualKernelPoly(
  coeffs: ArrayInput,
  x: ArrayInput,
  a = 1,
  options: DualOptions = {},
): Promise<NdArray> {
  const coefficients = requireCoefficients("compute a dual kernel", coeffs);
  positive("compute a dual kernel", "a", a);
  const o = dualOptions({}, options);
  const { data, shape } = await requireMatrix(x);
  const points = new NdArray(Float64Array.from(data, (value) => value / a), shape);
  const { kernelOfSeries } = await import("./gram_kernel.ts");
  const { radialTable } = await import("./radial_table.ts");
  return await kernelOfSeries("a polynomial", radialTable(coefficients, a), points, o);
}
