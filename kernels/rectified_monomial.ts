/** Rectified powers as nonlinearities: the arc-cosine kernels of any order. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { constant, type Expr, pi } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { requireDegree } from "./parameters.ts";
import { powerRecurrence } from "./power_recurrence.ts";

/**
 * The rectified power φ(x) = xⁿ for x ≥ 0 and 0 below, whose duals Kₙ are the arc-cosine kernels of Cho & Saul 2009 (eq. 3–7),
 * halved:
 *
 * K₀ = (π − angle)/2π,  K₁ = (√det + (π − angle)·cov)/2π,  Kₙ = (2n − 1)·cov·Kₙ₋₁ + (n − 1)²·det·Kₙ₋₂,
 * E[φ(u)φ(v)] = Kₙ,  E[φ′(u)φ′(v)] = n²·Kₙ₋₁, and 0 by convention for n = 0 (the derivative almost everywhere).
 *
 * @param degree n, any integer ≥ 0
 * @throws {TypeError} if `degree` is not a number.
 * @throws {RangeError} if `degree` is not an integer from 0 to 512.
 *
 * @example Half of E[u⁴] = 3·var²
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 2, var1: 2, var2: 2 };
 * const { nngp } = await dual.dualActivation(stax.RectifiedMonomial(2), moments, { backend: "reference" });
 * if (Math.abs(nngp - 6) > 1e-14) throw new Error("3·4/2 must be 6");
 * ```
 */
export const RectifiedMonomial: (degree: number) => Network<Nonlinearity<{ degree: number }>> = nonlinearity(
  "RectifiedMonomial",
  { degree: undefined },
  ({ degree }) => {
    requireDegree("RectifiedMonomial", degree);
    return {
      fn: (x) => x.lt(0).select(0, x.pow(degree)),
      nngp: (m) => degree === 0 ? step(m) : arcCosine(m, degree),
      dNngp: (m) => degree === 0 ? constant(0) : arcCosine(m, degree - 1).mul(degree ** 2),
      hasSteepSlope: true,
      dependsOnAngles: true,
    };
  },
);

const INVERSE_TWO_PI = pi.mul(2).reciprocal();

/** P(u ≥ 0, v ≥ 0): a zero point has u ≥ 0 always, which its angle of π/2 does not say. */
function step(m: Moments): Expr {
  const [moves1, moves2] = [m.var1.gt(0), m.var2.gt(0)];
  const one = moves1.select(0.5, moves2.select(0.5, 1));
  return moves1.and(moves2).select(arcCosine(m, 0), one);
}

/**
 * K_n; K₀ of a zero point is ¼, the derivative of the rectifier being ½ at 0. The recurrence cancels for cov < 0, where K_n falls like
 * (π − angle)²ⁿ⁺¹; there a series of positive terms takes its place, so that K_n for n ≥ 1 is relatively accurate for all angles.
 */
function arcCosine(m: Moments, degree: number): Expr {
  const zeroth = pi.sub(m.angle).mul(INVERSE_TWO_PI);
  if (degree === 0) return zeroth;
  const cov = m.cov.max(0);
  const first = m.rootDet.mul(INVERSE_TWO_PI).add(zeroth.mul(cov));
  const acute = powerRecurrence(degree, [zeroth, first], { cov, det: m.det });
  return m.cov.lt(0).select(obtuse(m, degree), acute);
}

/**
 * K_n for cov ≤ 0, by integrating K₀ n times from opposite points on:
 *
 * √x/π·F(½, ½; n + 3/2; x)·Π_{k=1…n} (s·x·2k²/(k + ½)) with s = √(var1·var2), x = (1 + cov/s)/2 ≤ ½.
 */
function obtuse(m: Moments, degree: number): Expr {
  const cov = m.cov.min(0);
  const gap = m.var1.sqrt().mul(m.var2.sqrt()).sub(cov);
  const tangent = m.rootDet.div(gap.gt(0).select(gap, 1)); // of half the supplement of the angle
  const sx = m.rootDet.mul(tangent).mul(0.5);
  const cosine2 = tangent.square().add(1).reciprocal();
  let product = tangent.mul(cosine2.sqrt()).mul(1 / Math.PI);
  for (let k = 1; k <= degree; k++) product = product.mul(sx.mul(2 * k * k / (k + 0.5)));
  return product.mul(hypergeometric(degree + 1.5, tangent.square().mul(cosine2)));
}

/** F(½, ½; c; x) for 0 ≤ x ≤ ½, to the term below 2⁻⁵⁶. */
function hypergeometric(c: number, x: Expr): Expr {
  const terms = [1];
  for (let k = 0; terms[k] > 2 ** (k - 56); k++) {
    terms.push(terms[k] * (k + 0.5) ** 2 / ((c + k) * (k + 1)));
  }
  return terms.reduceRight((sum, term) => sum.mul(x).add(term), constant(0));
}
