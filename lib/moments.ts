/** The moments of two jointly Gaussian pre-activations, as expressions: what the author of an activation works with. */
import { constant, type Expr, node, variable } from "./expr/expr.ts";
import { differentiate } from "./expr/differentiate.ts";
import { substitute } from "./expr/graph.ts";

/** Moments of (u, v) ~ N(0, [[var1, cov], [cov, var2]]), with the two quantities that lose digits computed for you. */
export interface Moments {
  /** E[uv] */
  readonly cov: Expr;
  /** E[u²] */
  readonly var1: Expr;
  /** E[v²] */
  readonly var2: Expr;
  /** max(0, var1·var2 − cov²), exactly 0 for equal points */
  readonly det: Expr;
  /** √det, which does not overflow where det would */
  readonly rootDet: Expr;
  /** The angle between u and v: atan2(√det, cov), in [0, π]; π/2 if one of them is 0 */
  readonly angle: Expr;
}

const names = ["cov", "var1", "var2", "det", "rootDet", "angle"] as const;

/** The moments as plain variables, for differentiation and for printing. */
export const symbols: Moments = Object.fromEntries(
  names.map((name) => [name, variable(name)]),
) as unknown as Moments;

/**
 * The moments of a pair from its covariance and variances.
 *
 * `same` holds where both points are the same: there cov is var1 exactly, whatever the rounding of the device.
 * The gaps √(v₁v₂) ∓ |cov| are formed before they are multiplied, since var1·var2 − cov² cancels (and is negative for half of
 * all duplicates once a compiler fuses it). For near duplicates even the rounding of √(v₁v₂) would exceed the gap, so each
 * root is a sum of two parts: the product of the leading ones is exact in float32 and close to cov, hence their difference
 * is exact too, and the small rest is added last. Equal variances are their own root, exactly.
 */
export function momentsOf(cov: Expr, var1: Expr, var2: Expr, same: Expr): Moments {
  const c = same.select(var1, cov);
  const [split1, split2] = [splitRoot(var1), splitRoot(var2)];
  const equal = var1.eq(var2);
  const leading = equal.select(var1, split1.leading.mul(split2.leading));
  const rest = equal.select(0, split1.root.mul(split2.rest).add(split1.rest.mul(split2.leading)));
  const length = c.abs();
  const below = leading.sub(length).add(rest).max(0);
  const above = leading.add(length).add(rest);
  const nonzero = above.gt(0);
  // tan² of half the angle, or of half of its supplement: what both roots follow from with one division and one root. If a point
  // is zero, the angle is π/2.
  const square = nonzero.select(below.div(above), 1);
  const rootDet = square.sqrt().mul(above);
  const acute = node("atanSqrt", square);
  const angle = c.lt(0).select(constant(Math.PI / 2).sub(acute), acute).mul(2);
  return { cov: c, var1, var2, det: below.mul(above), rootDet, angle };
}

/** √variance as its leading 12 bits, half of those of float32, and the rest, which has all of its digits. */
function splitRoot(variance: Expr): { root: Expr; leading: Expr; rest: Expr } {
  const root = variance.sqrt();
  const positive = root.gt(0).select(root, 1);
  const exponent = positive.exponent();
  const leading = root.ldexp(exponent.neg().add(11)).floor().ldexp(exponent.sub(11));
  return { root, leading, rest: variance.sub(leading.square()).div(positive.add(leading)) };
}

/** The moments of a point with itself: (v, v, v, 0, 0), or the angle of a zero point. */
export function diagonalMoments(variance: Expr): Moments {
  return {
    cov: variance,
    var1: variance,
    var2: variance,
    det: constant(0),
    rootDet: constant(0),
    angle: variance.gt(0).select(0, Math.PI / 2),
  };
}

/**
 * ∂k/∂cov at fixed variances for k built from `symbols`: with ∂det = −2 cov, ∂√det = −cov/√det and ∂angle = −1/√det.
 *
 * Where det is exactly 0 the terms with the pole 1/√det are left out: for a kernel with a finite derivative they cancel in the
 * limit, and computed they would be ∞ − ∞. Close to it they cancel to √ε only; a closed form (`dNngp`) is exact.
 */
export function differentiateInCov(k: Expr): Expr {
  const { cov, det, rootDet, angle } = symbols;
  const apart = rootDet.gt(0);
  const inverse = apart.select(1, 0).div(apart.select(rootDet, 1));
  return differentiate(k, cov)
    .add(differentiate(k, det).mul(cov.mul(-2)))
    .add(differentiate(k, rootDet).mul(cov.neg().mul(inverse)))
    .add(differentiate(k, angle).mul(inverse.neg()));
}

/** `k`, an expression in `symbols`, at the given moments. */
export function at(k: Expr, moments: Moments): Expr {
  return substitute([k], new Map(names.map((name) => [symbols[name], moments[name]])))[0];
}
