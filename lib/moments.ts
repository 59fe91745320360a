/** The moments of two jointly Gaussian pre-activations, as expressions: what the author of an activation works with. */
import { constant, type Expr, node, pi, variable } from "./expr/expr.ts";
import { differentiate } from "./expr/differentiate.ts";
import { substitute } from "./expr/graph.ts";
import { exactGaps, type Gaps, roundedGaps } from "./gaps.ts";

/** Moments of (u, v) ~ N(0, [[var1, cov], [cov, var2]]), with the quantities that lose digits computed for you. */
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
  /** E[(u − v)²] = var1 + var2 − 2cov, exactly 0 for equal points */
  readonly distance: Expr;
  /** var1 + var2 − 2|cov|, the smaller one of E[(u − v)²] and E[(u + v)²] */
  readonly apart: Expr;
}

const names = ["cov", "var1", "var2", "det", "rootDet", "angle", "distance", "apart"] as const;

/** The moments as plain variables, for differentiation and for printing. */
export const symbols: Moments = Object.fromEntries(
  names.map((name) => [name, variable(name)]),
) as unknown as Moments;

/**
 * The moments of a pair from its covariance and variances.
 *
 * `same` holds where both points are the same: there cov is var1 exactly, whatever the rounding of the device.
 * det is the product of √(v₁v₂) − |cov| and √(v₁v₂) + |cov|; `gaps` has the first where it is known better than from the rounded
 * moments.
 */
export function momentsOf(
  cov: Expr,
  var1: Expr,
  var2: Expr,
  same: Expr,
  gaps: Gaps | null = null,
): Moments {
  const c = same.select(var1, cov);
  const rounded = roundedGaps({ cov: c, var1, var2 });
  const exact = gaps && exactGaps(gaps, same, var1);
  const { below } = exact ?? rounded;
  const { above } = rounded;
  const nonzero = above.gt(0);
  // tan² of half the angle, or of half of its supplement: what both roots follow from with one division and one root. If a point
  // is zero, the angle is π/2.
  const square = nonzero.select(below.div(above), 1);
  const rootDet = square.sqrt().mul(above);
  const acute = node("atanSqrt", square);
  const opposite = c.lt(0);
  const angle = opposite.select(pi.div(2).sub(acute), acute).mul(2);
  const length = c.abs();
  return {
    cov: c,
    var1,
    var2,
    det: below.mul(above),
    rootDet,
    angle,
    distance: (exact ?? rounded).distance,
    apart: exact ? opposite.select(exact.sum, exact.distance) : var1.sub(length).add(var2.sub(length)),
  };
}

/** The moments of a point with itself: (v, v, v, 0, 0) and no distance, or the angle of a zero point. */
export function diagonalMoments(variance: Expr): Moments {
  return {
    cov: variance,
    var1: variance,
    var2: variance,
    det: constant(0),
    rootDet: constant(0),
    angle: variance.gt(0).select(0, pi.div(2)),
    distance: constant(0),
    apart: constant(0),
  };
}

/** √ε of float64. */
const ROOT_EPSILON = 2 ** -26;

/**
 * ∂k/∂cov at fixed variances for k built from `symbols`: with ∂det = −2 cov, ∂√det = −cov/√det, ∂angle = −1/√det and
 * ∂distance = −2.
 *
 * The two terms with the pole 1/√det are added before they are divided: for a kernel with a finite derivative they cancel in the
 * limit, and what rounding leaves of them would grow with the pole. Below angles of √ε they are left out, which costs as much; so
 * close to equal points this is right to √ε only, and a closed form (`dNngp`) is exact.
 */
export function differentiateInCov(k: Expr): Expr {
  const { cov, det, rootDet, angle, distance, apart } = symbols;
  const differ = rootDet.gt(cov.abs().mul(ROOT_EPSILON));
  const residue = differentiate(k, rootDet).mul(cov).add(differentiate(k, angle)).neg();
  return differentiate(k, cov)
    .add(differentiate(k, det).mul(cov.mul(-2)))
    .add(differ.select(residue, 0).div(differ.select(rootDet, 1)))
    .add(differentiate(k, distance).mul(-2))
    .add(differentiate(k, apart).mul(cov.lt(0).select(2, -2)));
}

/** `k`, an expression in `symbols`, at the given moments. */
export function at(k: Expr, moments: Moments): Expr {
  return substitute([k], new Map(names.map((name) => [symbols[name], moments[name]])))[0];
}
