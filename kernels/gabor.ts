/** The Gabor function as a nonlinearity. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { cosh, sinh } from "../lib/expr/functions.ts";
import type { Expr } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { roomForProducts } from "../lib/room.ts";

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
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 0.5, var2: 0.5 };
 * const { nngp, dNngp } = await dual.dualActivation(stax.Gabor(), moments, { backend: "reference" });
 * if (nngp !== 0 || Math.abs(dNngp - Math.exp(-1 / 4) / 8) > 1e-15) throw new Error("0 and exp(−¼)/8");
 * ```
 */
export const Gabor: (options?: Record<never, never>) => Network<Nonlinearity> = nonlinearity(
  "Gabor",
  {},
  () => ({ fn: (x) => x.square().neg().exp().mul(x.sin()), nngp, dNngp, room: roomForProducts(2) }),
);

function nngp(m: Moments): Expr {
  const q = qOf(m);
  return weight(m, q).mul(sinh(m.cov.div(q)));
}

// Every term is positive for positive cov and |y| ≤ ¼, so that nothing cancels or overflows.
function dNngp(m: Moments): Expr {
  const q = qOf(m);
  const y = m.cov.div(q);
  const even = m.cov.mul(y).mul(8).add(1).mul(cosh(y));
  const odd = m.var1.add(m.var2).add(1).div(q).add(1).mul(m.cov.mul(4)).mul(sinh(y));
  return even.add(odd).div(q).mul(weight(m, q));
}

const qOf = ({ var1, var2, det }: Moments): Expr => var1.add(var2).mul(2).add(det.mul(4)).add(1);

const weight = ({ var1, var2, det }: Moments, q: Expr): Expr =>
  var1.add(var2).add(det.mul(4)).div(q.mul(-2)).exp().div(q.sqrt());
