/** The nonlinearities as layers: each is its parameters, and `kernels/` has its mathematics. */
import * as kernels from "../../kernels/mod.ts";
import { flag, withDefaults } from "./check.ts";
import type { Layer } from "./layer.ts";
import { type Network, network } from "./network.ts";
import { activationOf, registerNonlinearity } from "./nonlinearity.ts";

/** A nonlinearity's description: its type and parameters. */
export type Nonlinearity<P = object> = Layer & P;

/** The option of the rectifiers. */
export interface Stabilize {
  /**
   * Accepted for compatibility; default false. The kernels of rectifiers never form products of variances here, so very deep
   * networks neither overflow nor underflow before their own values do, with or without it.
   */
  readonly doStabilize?: boolean;
}

/** a·f(b·x) + c for `Erf`; a·f(b·x + c) for `Sin` and `Cos`. */
export interface AffineOptions {
  /** Scale of the output; default 1 */
  readonly a?: number;
  /** Scale of the input; default 1 */
  readonly b?: number;
  /** Shift; default 0 */
  readonly c?: number;
}

/** A layer of the type, refused at once if its activation refuses the parameters. */
function nonlinearity<P extends object>(type: string, parameters: P): Network<Nonlinearity<P>> {
  const layer = { type, ...parameters };
  activationOf(layer);
  return network(layer);
}

/** The options with their defaults, one of which is true or false. */
function withFlag<T extends object>(
  type: string,
  defaults: T,
  options: Partial<T>,
  name: keyof T & string,
): T {
  const o = withDefaults(type, defaults, options);
  flag(type, name, o[name] as boolean);
  return o;
}

const affine = (type: string, options: AffineOptions) =>
  withDefaults<Required<AffineOptions>>(type, { a: 1, b: 1, c: 0 }, options);
const stabilize = (type: string, options: Stabilize) =>
  withFlag<Required<Stabilize>>(type, { doStabilize: false }, options, "doStabilize");
const none = (type: string, options: object) => withDefaults(type, {}, options);

registerNonlinearity<Nonlinearity<{ a: number; b: number }>>("ABRelu", ({ a, b }) => kernels.abRelu(a, b));
registerNonlinearity("Relu", () => kernels.relu());
registerNonlinearity<Nonlinearity<{ alpha: number }>>("LeakyRelu", ({ alpha }) => kernels.leakyRelu(alpha));
registerNonlinearity("Abs", () => kernels.abs());
registerNonlinearity<Nonlinearity<Required<AffineOptions>>>("Erf", ({ a, b, c }) => kernels.erf({ a, b, c }));
registerNonlinearity<Nonlinearity<Required<AffineOptions>>>("Sin", ({ a, b, c }) => kernels.sin({ a, b, c }));
registerNonlinearity<Nonlinearity<Required<AffineOptions>>>("Cos", ({ a, b, c }) => kernels.cos({ a, b, c }));
registerNonlinearity("SigmoidLike", () => kernels.sigmoidLike());
registerNonlinearity<Nonlinearity<{ approximate: boolean }>>(
  "Gelu",
  ({ approximate }) => kernels.gelu({ approximate }),
);
registerNonlinearity<Nonlinearity<{ gamma: number }>>("Rbf", ({ gamma }) => kernels.rbf({ gamma }));
registerNonlinearity<Nonlinearity<{ a: number; b: number }>>("Exp", ({ a, b }) => kernels.exp({ a, b }));
registerNonlinearity<Nonlinearity<{ a: number; b: number }>>(
  "Gaussian",
  ({ a, b }) => kernels.gaussian({ a, b }),
);
registerNonlinearity<Nonlinearity<Required<ExpNormalizedOptions>>>(
  "ExpNormalized",
  ({ gamma, shift, doClip }) => kernels.expNormalized({ gamma, shift, doClip }),
);
registerNonlinearity("Gabor", () => kernels.gabor());
registerNonlinearity("Sign", () => kernels.sign());
registerNonlinearity<Nonlinearity<{ degree: number }>>("Monomial", ({ degree }) => kernels.monomial(degree));
registerNonlinearity<Nonlinearity<{ degree: number }>>(
  "RectifiedMonomial",
  ({ degree }) => kernels.rectifiedMonomial(degree),
);
registerNonlinearity<Nonlinearity<{ degree: number }>>("Hermite", ({ degree }) => kernels.hermite(degree));
registerNonlinearity<Nonlinearity<{ coef: readonly number[] }>>(
  "Polynomial",
  ({ coef }) => kernels.polynomial(coef),
);

/**
 * φ(x) = a·min(x, 0) + b·max(x, 0); dual in Cho & Saul 2009 and Tsuchida et al. 2018 (arXiv:1711.09090).
 *
 * @example
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(1), stax.ABRelu(-1, 1));
 * const nngp = await kernelFn([[2]], null, "nngp");
 * if (nngp.at(0, 0) !== 4) throw new Error("E|u|² must be the variance");
 * ```
 */
export function ABRelu(
  a: number,
  b: number,
  options: Stabilize = {},
): Network<Nonlinearity<{ a: number; b: number }>> {
  return nonlinearity("ABRelu", { a, b, ...stabilize("ABRelu", options) });
}

/** φ(x) = max(x, 0); Cho & Saul 2009. */
export function Relu(options: Stabilize = {}): Network<Nonlinearity> {
  return nonlinearity("Relu", stabilize("Relu", options));
}

/** φ(x) = α·min(x, 0) + max(x, 0); Tsuchida et al. 2018 (arXiv:1711.09090). */
export function LeakyRelu(alpha: number, options: Stabilize = {}): Network<Nonlinearity<{ alpha: number }>> {
  return nonlinearity("LeakyRelu", { alpha, ...stabilize("LeakyRelu", options) });
}

/** φ(x) = |x| */
export function Abs(options: Stabilize = {}): Network<Nonlinearity> {
  return nonlinearity("Abs", stabilize("Abs", options));
}

/** φ(x) = a·erf(b·x) + c; Williams 1996. */
export function Erf(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return nonlinearity("Erf", affine("Erf", options));
}

/** φ(x) = a·sin(b·x + c); Pearce et al. 2019 (arXiv:1905.06076). */
export function Sin(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return nonlinearity("Sin", affine("Sin", options));
}

/** φ(x) = a·cos(b·x + c) */
export function Cos(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return nonlinearity("Cos", affine("Cos", options));
}

/** φ(x) = erf(x / 2.4020563531719796)/2 + 1/2, the error function closest to the logistic one on [−5, 5]. */
export function SigmoidLike(options: Record<never, never> = {}): Network<Nonlinearity> {
  return nonlinearity("SigmoidLike", none("SigmoidLike", options));
}

/**
 * φ(x) = x·Φ(x); Tsuchida et al. 2021 (arXiv:2002.08517).
 *
 * @param options `approximate` (default false) makes `applyFn` use the tanh approximation; the kernel is that of the exact GELU.
 */
export function Gelu(
  options: { readonly approximate?: boolean } = {},
): Network<Nonlinearity<{ approximate: boolean }>> {
  return nonlinearity(
    "Gelu",
    withFlag<{ approximate: boolean }>("Gelu", { approximate: false }, options, "approximate"),
  );
}

/** φ(x) = √2·sin(√(2γ)·x + π/4), whose kernel is exp(−γ(v₁ + v₂ − 2·cov)): the squared exponential of the inputs; γ = 1. */
export function Rbf(options: { readonly gamma?: number } = {}): Network<Nonlinearity<{ gamma: number }>> {
  return nonlinearity("Rbf", withDefaults("Rbf", { gamma: 1 }, options));
}

/** φ(x) = a·exp(b·x); a = b = 1. */
export function Exp(
  options: { readonly a?: number; readonly b?: number } = {},
): Network<Nonlinearity<{ a: number; b: number }>> {
  return nonlinearity("Exp", withDefaults("Exp", { a: 1, b: 1 }, options));
}

/** φ(x) = a·exp(b·x²); a = 1, b = −1. With b > 0 the kernel diverges for large variances, which is refused. */
export function Gaussian(
  options: { readonly a?: number; readonly b?: number } = {},
): Network<Nonlinearity<{ a: number; b: number }>> {
  return nonlinearity("Gaussian", withDefaults("Gaussian", { a: 1, b: -1 }, options));
}

/** Options of `ExpNormalized`. */
export interface ExpNormalizedOptions {
  /** Factor of the exponent; default 1 */
  readonly gamma?: number;
  /** Added to the correlation; default −1 */
  readonly shift?: number;
  /** Clip correlations to [−1, 1]; default false */
  readonly doClip?: boolean;
}

/** The kernel √(v₁v₂)·exp(γ(ρ + shift)) of Shankar et al. 2020 (arXiv:2003.02237), page 6; no finite network is known. */
export function ExpNormalized(
  options: ExpNormalizedOptions = {},
): Network<Nonlinearity<Required<ExpNormalizedOptions>>> {
  const defaults: Required<ExpNormalizedOptions> = { gamma: 1, shift: -1, doClip: false };
  return nonlinearity("ExpNormalized", withFlag("ExpNormalized", defaults, options, "doClip"));
}

/** φ(x) = exp(−x²)·sin x */
export function Gabor(options: Record<never, never> = {}): Network<Nonlinearity> {
  return nonlinearity("Gabor", none("Gabor", options));
}

/** φ(x) = sign x; its NTK is 0 by convention (the derivative almost everywhere). */
export function Sign(options: Record<never, never> = {}): Network<Nonlinearity> {
  return nonlinearity("Sign", none("Sign", options));
}

/** φ(x) = xⁿ for any integer n ≥ 0. */
export function Monomial(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return nonlinearity("Monomial", { degree });
}

/** φ(x) = max(x, 0)ⁿ for any integer n ≥ 0, the arc-cosine kernels of Cho & Saul 2009. */
export function RectifiedMonomial(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return nonlinearity("RectifiedMonomial", { degree });
}

/** φ(x) = hₙ(x), the Hermite polynomial of unit norm; its kernel covⁿ assumes inputs of variance 1. */
export function Hermite(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return nonlinearity("Hermite", { degree });
}

/** φ(x) = Σ coef[n]·xⁿ */
export function Polynomial(coef: readonly number[]): Network<Nonlinearity<{ coef: readonly number[] }>> {
  return nonlinearity("Polynomial", { coef });
}
