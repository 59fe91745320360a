/**
 * Dual activations and dual kernels: E[φ(u)φ(v)] for jointly Gaussian u, v with given moments, or for u = ⟨w, x⟩, v = ⟨w, y⟩
 * with w ~ N(0, I); exactly, for a polynomial, or by Monte Carlo.
 */
export { dualActivation, type MomentInput } from "./dual_activation.ts";
export type { Dual } from "./dual_at.ts";
export { dualKernelEmpirical, type EmpiricalOptions } from "./empirical.ts";
export { dualKernelExact, type ExactOptions } from "./exact.ts";
export { dualKernelHermite, type HermiteOptions } from "./hermite.ts";
export { getAct } from "./get_act.ts";
export { type DualOptions } from "./options.ts";
export { dualKernelPoly } from "./poly.ts";
