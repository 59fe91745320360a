/** Owen's T function as an expression, for the probabilities of two thresholds. */
import { constant, type Expr } from "../../lib/expr/expr.ts";
import { gaussLegendre } from "../../lib/special/gauss_legendre.ts";

// On |a| ≤ 1 the integrand is analytic up to x = ±i: 16 points leave 5e-17 at every h.
const rule = gaussLegendre(16);

/**
 * T(h, k/h) = (1/2π) ∫₀^(k/h) exp(−h²(1 + x²)/2)/(1 + x²) dx, for h ≠ 0 or k ≠ 0; h = 0 counts as positive.
 *
 * For |k| > |h| by T(h, k/h) + T(k, h/k) = (1 − erf(|h|/√2) erf(|k|/√2))/4, so that no slope exceeds 1 and h may be 0.
 * Source: Owen 1956, equations (2.1) and (2.3).
 */
export function owensT(h: Expr, k: Expr): Expr {
  const [x, y] = [h.abs(), k.abs()];
  const large = x.max(y);
  const small = x.min(y);
  const integral = wedge(large, small.div(large.max(1e-30)));
  const complement = erfOfRoot(large).mul(erfOfRoot(small)).neg().add(1).mul(0.25);
  const magnitude = y.gt(x).select(complement.sub(integral), integral);
  return h.lt(0).select(-1, 1).mul(k.lt(0).select(-1, 1)).mul(magnitude);
}

const erfOfRoot = (x: Expr) => x.mul(Math.SQRT1_2).erf();

function wedge(h: Expr, slope: Expr): Expr {
  const exponent = h.square().mul(-0.5);
  const sum = Array.from(rule.nodes, (node, i) => {
    const secant = slope.mul((1 + node) / 2).square().add(1);
    return exponent.mul(secant).exp().div(secant).mul(rule.weights[i]);
  }).reduce((total, term) => total.add(term), constant(0));
  return sum.mul(slope).mul(1 / (4 * Math.PI));
}
