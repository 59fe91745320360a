/** The Gaussian error linear unit. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import type { Expr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { roomForProducts } from "../lib/room.ts";

/** Which GELU the finite network applies. */
export interface GeluOptions {
  /** Use the tanh approximation as forward function; the kernels stay exact. False unless given. */
  readonly approximate?: boolean;
}

/**
 * The Gaussian error linear unit φ(x) = x·Φ(x) = x·(1 + erf(x/√2))/2, with Δ² = 1 + var1 + var2 + det, ψ = atan2(Δ, −cov) and
 * rᵢ = 1/(1 + varᵢ):
 *
 * E[φ(u)φ(v)] = (cov·ψ + var1·r₁·var2·r₂·Δ + cov²·r₁·r₂/Δ)/2π,
 * E[φ′(u)φ′(v)] = (ψ + cov/Δ·(1/Δ² + r₁ + r₂))/2π
 *
 * (Tsuchida et al. 2021, arXiv:2002.08517; Hendrycks & Gimpel 2016, arXiv:1606.08415, for `approximate`).
 *
 * @param options `approximate` (default false): `applyFn` uses x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))); the kernels stay those
 * of x·Φ(x)
 * @throws {TypeError} for an unknown option, or an `approximate` that is neither true nor false.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Gelu(), moments, { backend: "reference" });
 * if (Math.abs(nngp - 1 / (4 * Math.PI)) > 1e-15 || dNngp !== 0.25) throw new Error("1/4π and ¼");
 * ```
 */
export const Gelu: (options?: GeluOptions) => Network<Nonlinearity<Required<GeluOptions>>> = nonlinearity(
  "Gelu",
  { approximate: false },
  ({ approximate }) => ({
    fn: approximate ? tanhGelu : exactGelu,
    nngp,
    dNngp,
    room: roomForProducts(1),
    dependsOnAngles: true,
  }),
);

const TWO_PI = 2 * Math.PI;

// No product exceeds the size of a variance squared.
function nngp(m: Moments): Expr {
  const delta = deltaOf(m);
  const [r1, r2] = [shrinkage(m.var1), shrinkage(m.var2)];
  const linear = m.cov.mul(delta.atan2(m.cov.neg()));
  const mixed = m.var1.mul(r1).mul(m.var2.mul(r2)).mul(delta);
  return linear.add(mixed).add(m.cov.mul(r1).mul(m.cov.mul(r2)).div(delta)).mul(1 / TWO_PI);
}

function dNngp(m: Moments): Expr {
  const delta = deltaOf(m);
  const slopes = delta.square().reciprocal().add(shrinkage(m.var1)).add(shrinkage(m.var2));
  return delta.atan2(m.cov.neg()).add(m.cov.div(delta).mul(slopes)).mul(1 / TWO_PI);
}

/** Δ² is (1 + var1)(1 + var2) − cov² as a sum of positive terms. */
const deltaOf = ({ var1, var2, det }: Moments): Expr => var1.add(var2).add(det).add(1).sqrt();

const shrinkage = (variance: Expr): Expr => variance.add(1).reciprocal();

const exactGelu = (x: Expr): Expr => x.mul(Math.SQRT1_2).erf().add(1).mul(x.mul(0.5));

const tanhGelu = (x: Expr): Expr => {
  const inner = x.square().mul(x).mul(0.044715).add(x).mul(Math.sqrt(2 / Math.PI));
  return inner.tanh().add(1).mul(x.mul(0.5));
};
