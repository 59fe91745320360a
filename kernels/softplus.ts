/** The smooth rectifier. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { softplus } from "../lib/expr/functions.ts";
import { integrated } from "./numerical/integrated.ts";

/**
 * The smooth rectifier φ(x) = log(1 + eˣ), computed as max(x, 0) + log(1 + exp(−|x|)), which neither overflows nor cancels.
 *
 * Its dual has no closed form: E[φ(u)φ(v)] = Σₖ aₖ(σ₁)·aₖ(σ₂)·ρᵏ and E[φ′(u)φ′(v)] = ∂/∂cov of it, with the Hermite coefficients
 * aₖ(σ) = E[φ(σz)·hₖ(z)] by quadrature, to 1e-13 of √(k(u, u)·k(v, v)) for variances up to 100, and to 1e-8 up to 1000. What was
 * reached is `numericalErrors` of the kernel
 *
 * (Dugas et al. 2000, "Incorporating second-order functional knowledge for better option pricing"; the series: Daniely et al. 2016,
 * arXiv:1602.05897).
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example Zero inputs
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 0, var2: 0 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Softplus(), moments, { backend: "reference" });
 * if (Math.abs(nngp - Math.LN2 ** 2) > 1e-15 || Math.abs(dNngp - 0.25) > 1e-13) throw new Error("(log 2)² and ¼");
 * ```
 */
export const Softplus: (options?: Record<never, never>) => Network<Nonlinearity> = nonlinearity(
  "Softplus",
  {},
  () => integrated(softplus),
);
