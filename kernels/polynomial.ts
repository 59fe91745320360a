/** Polynomials as nonlinearities. */
import type { Network } from "../lib/network/network.ts";
import { type Nonlinearity, nonlinearity } from "../lib/network/nonlinear_layer.ts";
import { showPlain } from "../lib/array/dtype.ts";
import { constant, Expr, type Operand } from "../lib/expr/expr.ts";
import type { Moments } from "../lib/moments.ts";
import { numberOf } from "../lib/expr/parameter.ts";
import { requireDegree, requireFinite } from "./parameters.ts";

/**
 * The polynomial φ(x) = Σ coef[n]·xⁿ, by ρ = cov/√(var1·var2) and its Hermite coefficients
 * H_l(v) = √(vˡ/l!)·Σᵢ coef[l + 2i]·(l + 2i)!/(2ⁱ·i!)·vⁱ:
 *
 * E[φ(u)φ(v)] = Σ_l H_l(var1)·H_l(var2)·ρˡ,  E[φ′(u)φ′(v)] = the same for φ′  (Mehler's formula).
 *
 * @param coef coefficients from the constant one upwards; none at all is φ = 0
 * @throws {TypeError} if `coef` is not a list of numbers.
 * @throws {RangeError} if a coefficient is not finite, there are more than 513, or a Hermite coefficient at variance 1
 * overflows, which the first kernel says.
 *
 * @example Independent u and v
 * ```ts
 * import { dual, stax } from "../mod.ts";
 * const moments = { cov: 0, var1: 1, var2: 1 };
 * const { nngp } = await dual.dualActivation(stax.Polynomial([1, 2, 1]), moments, { backend: "reference" });
 * if (Math.abs(nngp - 4) > 1e-14) throw new Error("(E[(1 + u)²])² must be 2²");
 * ```
 */
export const Polynomial: (
  coef: readonly number[],
) => Network<Nonlinearity<{ coef: readonly number[] }>> = nonlinearity(
  "Polynomial",
  { coef: undefined },
  ({ coef }: { coef: readonly Operand[] }) => {
    requireCoefficients(coef);
    const slopes = coef.slice(1).map((a, k) => times(a, k + 1));
    return {
      fn: (x) => horner(coef, x),
      nngp: (m) => dual(coef, m),
      dNngp: (m) => dual(slopes, m),
      hasSteepSlope: true,
    };
  },
  { coef: "real" },
);

function requireCoefficients(coef: readonly Operand[]): void {
  if (!Array.isArray(coef)) {
    throw new TypeError(
      `Cannot build Polynomial as coef must be an array of numbers: current value is ${showPlain(coef)}`,
    );
  }
  requireDegree("Polynomial", Math.max(0, coef.length - 1), "the degree of coef");
  for (const [k, a] of coef.entries()) requireFinite("Polynomial", { [`coef[${k}]`]: a });
}

/** The Hermite coefficients are divided by the largest of a point, so that the sum is of size 1 and only the result can overflow. */
function dual(coef: readonly Operand[], m: Moments): Expr {
  if (coef.length === 0) return constant(0);
  const [h1, h2] = [hermiteCoefficients(coef, m.var1), hermiteCoefficients(coef, m.var2)];
  const scale = m.var1.eq(m.var2).select(m.var1, m.var1.sqrt().mul(m.var2.sqrt()));
  const correlation = m.cov.div(scale.gt(0).select(scale, 1));
  const sum = horner(h1.unit.map((h, l) => h.mul(h2.unit[l])), correlation);
  // Each root twice: a size may overflow float32 although its product with the other point's does not.
  return sum.mul(h1.rootSize).mul(h2.rootSize).mul(h1.rootSize).mul(h2.rootSize);
}

/** The Hermite coefficients of x ↦ φ(√variance·x), divided by the largest of them, and the root of that one. */
function hermiteCoefficients(coef: readonly Operand[], variance: Expr): { unit: Expr[]; rootSize: Expr } {
  const deviation = variance.sqrt();
  const all = coef.map((_, l) => horner(seriesInVariance(coef, l), variance).mul(deviation.pow(l)));
  const size = all.map((h) => h.abs()).reduce((a, b) => a.max(b));
  const divisor = size.gt(0).select(size, 1);
  return { unit: all.map((h) => h.div(divisor)), rootSize: size.sqrt() };
}

/** The numbers coef[l+2i]·(l+2i)!/(2ⁱ·i!·√l!), i = 0, 1, … */
function seriesInVariance(coef: readonly Operand[], l: number): Operand[] {
  const weight = new Weight();
  for (let k = 2; k <= l; k++) weight.multiply(Math.sqrt(k));
  const series: Operand[] = [];
  for (let k = l; k < coef.length; k += 2) {
    series.push(requireInRange(k, weight.times(coef[k])));
    weight.multiply((k + 1) * (k + 2) / (k - l + 2));
  }
  return series;
}

/** A product of factors ≥ 1, from degree 300 on beyond all doubles, where a small coefficient may make up for it. */
class Weight {
  #value = 1;
  /** How often it was divided by LARGE */
  #divisions = 0;

  multiply(factor: number): void {
    this.#value *= factor;
    if (this.#value < LARGE) return;
    this.#value /= LARGE;
    this.#divisions++;
  }

  times(a: Operand): Operand {
    let product = times(a, this.#value);
    for (let k = 0; k < this.#divisions; k++) product = times(product, LARGE);
    return product;
  }
}

const LARGE = 2 ** 500;

const times = (a: Operand, factor: number): Operand => a instanceof Expr ? a.mul(factor) : a * factor;

function requireInRange(k: number, value: Operand): Operand {
  if (Number.isFinite(numberOf(value))) return value;
  throw new RangeError(
    `Cannot compute the kernel of Polynomial as its Hermite coefficients must be below 1.8e308: current value is ${value} from ` +
      `coef[${k}], divide coef by its largest and multiply wStd of the next layer by it`,
  );
}

function horner(coef: readonly Operand[], x: Expr): Expr {
  return coef.reduceRight<Expr>((sum, a) => sum.mul(x).add(a), constant(0));
}
