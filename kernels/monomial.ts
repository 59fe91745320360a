/** Powers as nonlinearities. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { constant } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { requireDegree } from "./parameters.ts";
import { powerRecurrence } from "./power_recurrence.ts";

/**
 * The power φ(x) = xⁿ, by M₀ = 1, M₁ = cov and Mₙ = (2n − 1)·cov·Mₙ₋₁ + (n − 1)²·det·Mₙ₋₂:
 *
 * E[φ(u)φ(v)] = Mₙ,  E[φ′(u)φ′(v)] = n²·Mₙ₋₁; for a point with itself Mₙ = (2n − 1)!!·varⁿ
 *
 * (Isserlis' theorem; Mₙ is the Legendre polynomial of cov/√(−det), scaled, hence the recurrence).
 *
 * @param degree n, any integer ≥ 0
 * @throws {TypeError} if `degree` is not a number.
 * @throws {RangeError} if `degree` is not an integer from 0 to 512.
 *
 * @example E[u²v²] = 2·cov² + var1·var2
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0.5, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Monomial(2), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1.5) > 1e-15 || Math.abs(dNngp - 2) > 1e-15) throw new Error("1.5, and 4·cov");
 * ```
 */
export const Monomial: (degree: number) => Network<Nonlinearity<{ degree: number }>> = nonlinearity(
  "Monomial",
  { degree: undefined },
  ({ degree }) => {
    requireDegree("Monomial", degree);
    const dual = (m: Moments, n: number) => powerRecurrence(n, [constant(1), m.cov], m);
    return {
      fn: (x) => x.pow(degree),
      nngp: (m) => dual(m, degree),
      dNngp: (m) => degree === 0 ? constant(0) : dual(m, degree - 1).mul(degree ** 2),
      hasSteepSlope: true,
      dependsOnAngles: true,
    };
  },
);
