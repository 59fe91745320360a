/** Powers as nonlinearities. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { type Activation, activation } from "../lib/network/activation.ts";
import { constant } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { requireDegree } from "./parameters.ts";
import { powerRecurrence } from "./power_recurrence.ts";

/**
 * φ(x) = xⁿ for n = `degree`, by M₀ = 1, M₁ = cov, M_n = (2n−1)·cov·M_{n−1} + (n−1)²·det·M_{n−2}:
 *
 * E[φ(u)φ(v)] = M_n,  E[φ′(u)φ′(v)] = n²·M_{n−1}; on the diagonal M_n = (2n−1)!!·varⁿ.
 *
 * @param degree integer from 0 to 512
 * @throws {RangeError} if `degree` is not such an integer.
 * @see Isserlis' theorem; M_n is the Legendre polynomial of cov/√(−det), scaled, hence the recurrence.
 *
 * @example E[u²v²] = 2·cov² + var1·var2
 * ```ts
 * import { evaluate, variable } from "../lib/expr/mod.ts";
 * import { momentsOf } from "../lib/moments.ts";
 * import { monomial } from "./monomial.ts";
 * const [c, v, same] = ["c", "v", "same"].map((name) => variable(name));
 * const nngp = monomial(2).nngp(momentsOf(c, v, v, same));
 * if (evaluate(nngp, { c: 0.5, v: 1, same: 0 }) !== 1.5) throw new Error("2·¼ + 1 must be 1.5");
 * ```
 */
export function monomial(degree: number): Activation {
  requireDegree("Monomial", degree);
  const dual = (m: Moments, n: number) => powerRecurrence(n, [constant(1), m.cov], m);
  return activation({
    fn: (x) => x.pow(degree),
    nngp: (m) => dual(m, degree),
    dNngp: (m) => degree === 0 ? constant(0) : dual(m, degree - 1).mul(degree ** 2),
    hasSteepSlope: true,
  });
}

const makeMonomial = nonlinearity<{ degree: number }>("Monomial", {}, ({ degree }) => monomial(degree), [
  "degree",
]);

/**
 * The power φ(x) = xⁿ, by M₀ = 1, M₁ = cov and Mₙ = (2n − 1)·cov·Mₙ₋₁ + (n − 1)²·det·Mₙ₋₂:
 *
 * E[φ(u)φ(v)] = Mₙ,  E[φ′(u)φ′(v)] = n²·Mₙ₋₁  (Isserlis' theorem).
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
export function Monomial(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return makeMonomial({}, { degree });
}
