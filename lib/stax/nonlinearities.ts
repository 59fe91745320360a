/**
 * The nonlinearities as layers: each is its parameters, and `kernels/` has its mathematics.
 *
 * Each maps a kernel K to E[φ(u)φ(v)] and its NTK Θ to Θ·E[φ′(u)φ′(v)], for (u, v) ~ N(0, [[var1, cov], [cov, var2]]) with the
 * entries of K as covariance and variances; `det` and `angle` are those of `Moments`.
 */
import * as kernels from "../../kernels/mod.ts";
import { flag, withDefaults } from "../network/layer_options.ts";
import type { Layer } from "../network/layer.ts";
import { type Network, network } from "../network/network.ts";
import { activationOf, registerNonlinearity } from "../network/nonlinearity.ts";

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
 * The two-sided rectifier φ(x) = a·min(x, 0) + b·max(x, 0), with g = (a − b)²/2π and m = (a² + b²)/2:
 *
 * E[φ(u)φ(v)] = g·√det + (m − g·angle)·cov,  E[φ′(u)φ′(v)] = m − g·angle
 *
 * (Cho & Saul 2009, eq. 6; Tsuchida et al. 2018, arXiv:1711.09090, for two slopes).
 *
 * @param a slope for x < 0
 * @param b slope for x > 0
 * @throws {TypeError} if a slope is not a number, or for an unknown option.
 * @throws {RangeError} if a slope is not finite or above 1e9 in size.
 *
 * @example The absolute value keeps variances
 * ```ts
 * import * as stax from "./mod.ts";
 * const { kernelFn } = stax.serial(stax.Dense(1), stax.ABRelu(-1, 1));
 * const nngp = await kernelFn([[2]], null, "nngp", { backend: "reference" });
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

/**
 * The rectifier φ(x) = max(x, 0), whose dual is the arc-cosine kernel of order 1, halved:
 *
 * E[φ(u)φ(v)] = (√det + (π − angle)·cov)/2π,  E[φ′(u)φ′(v)] = (π − angle)/2π  (Cho & Saul 2009, eq. 6).
 *
 * @throws {TypeError} for an unknown option, or a `doStabilize` that is neither true nor false.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Relu(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / (2 * Math.PI)) > 1e-15 || dNngp !== 0.25) throw new Error("1/2π and ¼");
 * ```
 */
export function Relu(options: Stabilize = {}): Network<Nonlinearity> {
  return nonlinearity("Relu", stabilize("Relu", options));
}

/**
 * The leaky rectifier φ(x) = α·min(x, 0) + max(x, 0): `ABRelu(alpha, 1)` (Tsuchida et al. 2018, arXiv:1711.09090).
 *
 * @param alpha slope for x < 0
 * @throws {TypeError} if `alpha` is not a number, or for an unknown option.
 * @throws {RangeError} if `alpha` is not finite or above 1e9 in size.
 *
 * @example The mean square
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 8, var1: 8, var2: 8 };
 * const { nngp } = await dual.dualActivation(stax.LeakyRelu(0.5), moments, { backend: "reference" });
 * if (nngp !== 5) throw new Error("(¼ + 1)/2 · 8 must be 5");
 * ```
 */
export function LeakyRelu(alpha: number, options: Stabilize = {}): Network<Nonlinearity<{ alpha: number }>> {
  return nonlinearity("LeakyRelu", { alpha, ...stabilize("LeakyRelu", options) });
}

/**
 * The absolute value φ(x) = |x|: `ABRelu(-1, 1)`,
 *
 * E[φ(u)φ(v)] = (2/π)·√det + (1 − (2/π)·angle)·cov,  E[φ′(u)φ′(v)] = 1 − (2/π)·angle  (Cho & Saul 2009).
 *
 * @throws {TypeError} for an unknown option, or a `doStabilize` that is neither true nor false.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Abs(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 2 / Math.PI) > 1e-15) throw new Error("(E|u|)² must be 2/π");
 * ```
 */
export function Abs(options: Stabilize = {}): Network<Nonlinearity> {
  return nonlinearity("Abs", stabilize("Abs", options));
}

/**
 * The error function φ(x) = a·erf(b·x) + c, with R = √(1 + 2b²(var1 + var2) + 4b⁴·det):
 *
 * E[φ(u)φ(v)] = (2a²/π)·arctan(2b²·cov/R) + c²,  E[φ′(u)φ′(v)] = 4a²b²/(π·R)  (Williams 1997, "Computing with infinite networks").
 *
 * @param options `a` (default 1), `b` (1), `c` (0)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0.5, var1: 0.5, var2: 0.5 };
 * const { nngp } = await dual.dualActivation(stax.Erf(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 3) > 1e-15) throw new Error("(2/π)·arcsin(½) must be ⅓");
 * ```
 */
export function Erf(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return nonlinearity("Erf", affine("Erf", options));
}

/**
 * The sine φ(x) = a·sin(b·x + c), with s = (var1 + var2)/2:
 *
 * E[φ(u)φ(v)] = a²/2·(exp(−b²(s − cov)) − cos 2c·exp(−b²(s + cov))), and E[φ′(u)φ′(v)] has b² times that with a plus
 *
 * (Pearce et al. 2019, arXiv:1905.06076; Louart et al. 2018, arXiv:1702.05419, table 1).
 *
 * @param options `a` (default 1), `b` (1, radians a unit of x), `c` (0 radians)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: Math.LN2 / 2, var1: Math.LN2 / 2, var2: Math.LN2 / 2 };
 * const { nngp } = await dual.dualActivation(stax.Sin(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 4) > 1e-15) throw new Error("(1 − exp(−log 2))/2 must be ¼");
 * ```
 */
export function Sin(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return nonlinearity("Sin", affine("Sin", options));
}

/**
 * The cosine φ(x) = a·cos(b·x + c), with s = (var1 + var2)/2:
 *
 * E[φ(u)φ(v)] = a²/2·(exp(−b²(s − cov)) + cos 2c·exp(−b²(s + cov))), and E[φ′(u)φ′(v)] has b² times that with a minus
 *
 * (Louart et al. 2018, arXiv:1702.05419, table 1).
 *
 * @param options `a` (default 1), `b` (1, radians a unit of x), `c` (0 radians)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: Math.LN2 / 2, var1: Math.LN2 / 2, var2: Math.LN2 / 2 };
 * const { nngp } = await dual.dualActivation(stax.Cos(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 3 / 4) > 1e-15) throw new Error("(1 + exp(−log 2))/2 must be ¾");
 * ```
 */
export function Cos(options: AffineOptions = {}): Network<Nonlinearity<Required<AffineOptions>>> {
  return nonlinearity("Cos", affine("Cos", options));
}

/**
 * φ(x) = ½·erf(x/2.4020563531719796) + ½, the error function closest to the logistic one on [−5, 5] in the mean square; its
 * dual is that of `Erf`.
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.SigmoidLike(), moments, { backend: "reference" });
 * if (nngp !== 0.25) throw new Error("(E φ(u))² must be ¼");
 * ```
 */
export function SigmoidLike(options: Record<never, never> = {}): Network<Nonlinearity> {
  return nonlinearity("SigmoidLike", none("SigmoidLike", options));
}

/**
 * The Gaussian error linear unit φ(x) = x·Φ(x), with Δ² = 1 + var1 + var2 + det, ψ = angle of (−cov, Δ) and rᵢ = 1/(1 + varᵢ):
 *
 * E[φ(u)φ(v)] = (cov·ψ + var1·r₁·var2·r₂·Δ + cov²·r₁·r₂/Δ)/2π,
 * E[φ′(u)φ′(v)] = (ψ + cov/Δ·(1/Δ² + r₁ + r₂))/2π
 *
 * (Tsuchida et al. 2021, arXiv:2002.08517).
 *
 * @param options `approximate` (default false): `applyFn` uses x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))); the kernels stay those
 * of x·Φ(x)
 * @throws {TypeError} for an unknown option, or an `approximate` that is neither true nor false.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Gelu(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / (4 * Math.PI)) > 1e-15 || dNngp !== 0.25) throw new Error("1/4π and ¼");
 * ```
 */
export function Gelu(
  options: { readonly approximate?: boolean } = {},
): Network<Nonlinearity<{ approximate: boolean }>> {
  return nonlinearity(
    "Gelu",
    withFlag<{ approximate: boolean }>("Gelu", { approximate: false }, options, "approximate"),
  );
}

/**
 * φ(x) = √2·sin(√(2γ)·x + π/4), whose dual is the squared exponential kernel:
 *
 * E[φ(u)φ(v)] = exp(−γ·(var1 + var2 − 2·cov)) = exp(−γ·E[(u − v)²]),  E[φ′(u)φ′(v)] = 2γ·E[φ(u)φ(v)]
 *
 * (Rahimi & Recht 2007).
 *
 * @param options `gamma` (default 1), 1/(2ℓ²) for a length scale ℓ
 * @throws {TypeError} if `gamma` is not a number, or for an unknown option.
 * @throws {RangeError} if `gamma` is negative, not finite or above 1e9.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Rbf({ gamma: 0.5 }), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / Math.E) > 1e-15) throw new Error("exp(−½·2) must be 1/e");
 * ```
 */
export function Rbf(options: { readonly gamma?: number } = {}): Network<Nonlinearity<{ gamma: number }>> {
  return nonlinearity("Rbf", withDefaults("Rbf", { gamma: 1 }, options));
}

/**
 * The exponential function φ(x) = a·exp(b·x):
 *
 * E[φ(u)φ(v)] = a²·exp(b²·(var1 + var2 + 2·cov)/2),  E[φ′(u)φ′(v)] = b²·E[φ(u)φ(v)]  (the mean of a log-normal variable).
 *
 * @param options `a` (default 1), `b` (1)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Exp({ a: 2 }), moments, { backend: "reference" });
 * if (Math.abs(nngp - 4 * Math.E) > 1e-14) throw new Error("2²·exp((1 + 1)/2) must be 4e");
 * ```
 */
export function Exp(
  options: { readonly a?: number; readonly b?: number } = {},
): Network<Nonlinearity<{ a: number; b: number }>> {
  return nonlinearity("Exp", withDefaults("Exp", { a: 1, b: 1 }, options));
}

/**
 * The bell φ(x) = a·exp(b·x²), with Q = 1 − 2b·(var1 + var2) + 4b²·det:
 *
 * E[φ(u)φ(v)] = a²/√Q,  E[φ′(u)φ′(v)] = 4a²b²·cov/Q^(3/2)  (by completing the square).
 *
 * With b > 0 the expectation diverges for a point with itself from the variance 1/(4b) on, where it is infinite, and rows of a
 * variance of 1/(2b) or more are refused when a kernel is computed.
 *
 * @param options `a` (default 1), `b` (−1)
 * @throws {TypeError} if an option is not a number, or for an unknown option.
 * @throws {RangeError} if an option is not finite or above 1e9 in size.
 *
 * @example A point with itself
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 2, var1: 2, var2: 2 };
 * const { nngp } = await dual.dualActivation(stax.Gaussian(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 3) > 1e-15) throw new Error("1/√(1 + 2·(2 + 2)) must be ⅓");
 * ```
 */
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

/**
 * The normalised exponential kernel, with s = √(var1·var2) and ρ = cov/s:
 *
 * k = s·exp(γ·(ρ + shift)),  ∂k/∂cov = γ·exp(γ·(ρ + shift))  (Shankar et al. 2020, arXiv:2003.02237, page 6).
 *
 * It is the dual of no elementwise function, so `applyFn` refuses it.
 *
 * @param options `gamma` (default 1, ≥ 0), `shift` (−1), `doClip` (false)
 * @throws {TypeError} if an option is of the wrong kind or unknown.
 * @throws {RangeError} if `gamma` is negative, or an option is not finite or above 1e9 in size.
 *
 * @example It keeps variances by default
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 7, var1: 7, var2: 7 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.ExpNormalized(), moments, { backend: "reference" });
 * if (nngp !== 7 || dNngp !== 1) throw new Error("7·exp(1 − 1) must be 7");
 * ```
 */
export function ExpNormalized(
  options: ExpNormalizedOptions = {},
): Network<Nonlinearity<Required<ExpNormalizedOptions>>> {
  const defaults: Required<ExpNormalizedOptions> = { gamma: 1, shift: -1, doClip: false };
  return nonlinearity("ExpNormalized", withFlag("ExpNormalized", defaults, options, "doClip"));
}

/**
 * The Gabor function φ(x) = exp(−x²)·sin x, with σ = var1 + var2, Q = 1 + 2σ + 4·det, y = cov/Q and
 * W = exp(−(σ + 4·det)/(2Q))/√Q:
 *
 * E[φ(u)φ(v)] = W·sinh y,
 * E[φ′(u)φ′(v)] = W/Q·((1 + 8·cov·y)·cosh y + 4·cov·(1 + (1 + σ)/Q)·sinh y)
 *
 * (the characteristic function of a Gaussian with covariance (Σ⁻¹ + 2I)⁻¹).
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 0.5, var2: 0.5 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Gabor(), moments, { backend: "reference" });
 * if (nngp !== 0 || Math.abs(dNngp - Math.exp(-1 / 4) / 8) > 1e-15) throw new Error("0 and exp(−¼)/8");
 * ```
 */
export function Gabor(options: Record<never, never> = {}): Network<Nonlinearity> {
  return nonlinearity("Gabor", none("Gabor", options));
}

/**
 * The sign φ(x) = sign x, with φ(0) = 0:
 *
 * E[φ(u)φ(v)] = 1 − 2·angle/π; its NTK is 0 by convention (φ′ = 0 almost everywhere)
 *
 * (Cho & Saul 2009: the arc-cosine kernel of order 0, centred).
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example A correlation of ½
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0.5, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Sign(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / 3) > 1e-15) throw new Error("1 − 2·(π/3)/π must be ⅓");
 * ```
 */
export function Sign(options: Record<never, never> = {}): Network<Nonlinearity> {
  return nonlinearity("Sign", none("Sign", options));
}

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
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0.5, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Monomial(2), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1.5) > 1e-15 || Math.abs(dNngp - 2) > 1e-15) throw new Error("1.5, and 4·cov");
 * ```
 */
export function Monomial(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return nonlinearity("Monomial", { degree });
}

/**
 * The rectified power φ(x) = xⁿ for x ≥ 0 and 0 below, whose duals Kₙ are the arc-cosine kernels of Cho & Saul 2009 (eq. 3–7),
 * halved:
 *
 * K₀ = (π − angle)/2π,  K₁ = (√det + (π − angle)·cov)/2π,  Kₙ = (2n − 1)·cov·Kₙ₋₁ + (n − 1)²·det·Kₙ₋₂,
 * E[φ(u)φ(v)] = Kₙ,  E[φ′(u)φ′(v)] = n²·Kₙ₋₁, and 0 by convention for n = 0.
 *
 * @param degree n, any integer ≥ 0
 * @throws {TypeError} if `degree` is not a number.
 * @throws {RangeError} if `degree` is not an integer from 0 to 512.
 *
 * @example Half of E[u⁴] = 3·var²
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 2, var1: 2, var2: 2 };
 * const { nngp } = await dual.dualActivation(stax.RectifiedMonomial(2), moments, { backend: "reference" });
 * if (Math.abs(nngp - 6) > 1e-14) throw new Error("3·4/2 must be 6");
 * ```
 */
export function RectifiedMonomial(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return nonlinearity("RectifiedMonomial", { degree });
}

/**
 * The Hermite polynomial of unit norm φ(x) = Heₙ(x)/√n!, for points of variance 1:
 *
 * E[φ(u)φ(v)] = covⁿ,  E[φ′(u)φ′(v)] = n·covⁿ⁻¹  (Daniely et al. 2016, arXiv:1602.05897).
 *
 * These formulas are used at other variances too, where they are not the dual of φ, as in the Python library.
 *
 * @param degree n, any integer ≥ 0
 * @throws {TypeError} if `degree` is not a number.
 * @throws {RangeError} if `degree` is not an integer from 0 to 512.
 *
 * @example Degree 3
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0.5, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Hermite(3), moments, { backend: "reference" });
 * if (nngp !== 0.125 || dNngp !== 0.75) throw new Error("0.5³ and 3·0.5²");
 * ```
 */
export function Hermite(degree: number): Network<Nonlinearity<{ degree: number }>> {
  return nonlinearity("Hermite", { degree });
}

/**
 * The polynomial φ(x) = Σ coef[n]·xⁿ, by ρ = cov/√(var1·var2) and its Hermite coefficients
 * H_l(v) = √(vˡ/l!)·Σᵢ coef[l + 2i]·(l + 2i)!/(2ⁱ·i!)·vⁱ:
 *
 * E[φ(u)φ(v)] = Σ_l H_l(var1)·H_l(var2)·ρˡ,  E[φ′(u)φ′(v)] = the same for φ′  (Mehler's formula).
 *
 * @param coef coefficients from the constant one upwards
 * @throws {TypeError} if `coef` is not a list of numbers.
 * @throws {RangeError} if a coefficient is not finite, or there are more than 513.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Polynomial([1, 2, 1]), moments, { backend: "reference" });
 * if (Math.abs(nngp - 4) > 1e-14) throw new Error("(E[(1 + u)²])² must be 2²");
 * ```
 */
export function Polynomial(coef: readonly number[]): Network<Nonlinearity<{ coef: readonly number[] }>> {
  return nonlinearity("Polynomial", { coef });
}
