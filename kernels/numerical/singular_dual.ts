/** Closed-form duals of the jumps and bends of `singular.ts` among themselves. */
import { constant, type Expr } from "../../lib/expr/expr.ts";
import type { Moments } from "../../lib/moments.ts";
import { owensT } from "./owens_t.ts";
import type { Term } from "./singular.ts";

/** Thresholds further out than this many standard deviations are moved here, where φ underflows. */
const FAR = 40;

/** E[h(u)h(v)] for the singular part h = Σ c·q, every row with the terms that are active at its variance. */
export function singularDual(terms: readonly Term[], moments: Moments): Expr {
  const points = [...new Set(terms.map((term) => term.at))];
  const at = (point: number) => terms.filter((term) => term.at === point);
  const pairs = points.flatMap((s) =>
    points.flatMap((t) => {
      const dual = kinkDual(moments, s, t);
      return at(s).flatMap((a) => at(t).map((b) => weighted(a, b, dual(a.order, b.order), moments)));
    })
  );
  return pairs.reduce((sum, term) => sum.add(term), constant(0));
}

const weighted = (a: Term, b: Term, dual: Expr, { var1, var2 }: Moments) =>
  jumpAt(a, var1).mul(jumpAt(b, var2)).mul(dual);

function jumpAt({ jump, from, below }: Term, variance: Expr): Expr {
  const started = from === 0 ? constant(jump) : variance.lt(from).select(0, jump);
  return below === Infinity ? started : variance.lt(below).select(started, 0);
}

/**
 * E[qₘ(u − s) qₙ(v − t)] for all orders m, n ≥ 0, with qₘ(x) = ½ sign(x) xᵐ/m!.
 *
 * From Gaussian integration by parts, E[u X] = var1 E[∂X/∂u] + cov E[∂X/∂v], with qₘ′ = qₘ₋₁ and q₋₁ = δ:
 * m E[qₘqₙ] = −s E[qₘ₋₁qₙ] + var1 E[qₘ₋₂qₙ] + cov E[qₘ₋₁qₙ₋₁]. At s = t = 0 all terms have the same sign, and those
 * with m + n odd vanish while the expression is built.
 */
function kinkDual(moments: Moments, s: number, t: number): (m: number, n: number) => Expr {
  const { cov, var1, var2, rootDet } = moments;
  const [u, v] = [{ variance: var1, at: s }, { variance: var2, at: t }];
  const known = new Map<string, Expr>();
  const onU = conditional(u, v, cov, rootDet);
  const onV = conditional(v, u, cov, rootDet);
  // Density at the threshold times σ: δ alone would overflow as the variance goes to 0.
  const dual = (m: number, n: number): Expr => {
    const key = `${m} ${n}`;
    if (!known.has(key)) known.set(key, compute(m, n));
    return known.get(key)!;
  };
  const slopeU = cov.div(positive(onU.sigma));
  const slopeV = cov.div(positive(onV.sigma));
  const compute = (m: number, n: number): Expr => {
    if (m === 0 && n === 0) return bothSigns(moments, onU, onV, s, t);
    if (m > 0) {
      const above = m > 1 ? var1.mul(dual(m - 2, n)) : onU.sigma.mul(onU.density(n));
      const across = n > 0 ? cov.mul(dual(m - 1, n - 1)) : slopeV.mul(onV.density(m - 1));
      return dual(m - 1, n).mul(-s).add(above).add(across).mul(1 / m);
    }
    const above = n > 1 ? var2.mul(dual(0, n - 2)) : onV.sigma.mul(onV.density(0));
    return dual(0, n - 1).mul(-t).add(above).add(slopeU.mul(onU.density(n - 1))).mul(1 / n);
  };
  return dual;
}

interface Threshold {
  readonly variance: Expr;
  readonly at: number;
}

interface Conditional {
  readonly sigma: Expr;
  /** at/σ */
  readonly threshold: Expr;
  /** (E[v | u = s] − t) / √Var[v | u] */
  readonly excess: Expr;
  /** σ E[δ(u − s) qₙ(v − t)] */
  readonly density: (n: number) => Expr;
}

/** What is known of v at the threshold of u. */
function conditional(u: Threshold, v: Threshold, cov: Expr, rootDet: Expr): Conditional {
  const sigma = u.variance.sqrt();
  const threshold = ratio(constant(u.at), sigma);
  // cov·s − t·var, in the form that is exact for near duplicates.
  const shift = u.at === v.at ? cov.sub(u.variance).mul(u.at) : cov.mul(u.at).sub(u.variance.mul(v.at));
  // A constant u says nothing about v.
  const known = u.variance.gt(0);
  const excess = known.select(ratio(shift, sigma.mul(rootDet)), ratio(constant(-v.at), v.variance.sqrt()));
  const deviation = known.select(rootDet.div(positive(sigma)), v.variance.sqrt());
  const mean = known.select(shift.div(positive(u.variance)), -v.at);
  const weight = normalDensity(threshold);
  const moment = (n: number): Expr => {
    if (n === 0) return excess.mul(Math.SQRT1_2).erf().mul(0.5);
    const above = n === 1 ? deviation.mul(normalDensity(excess)) : deviation.square().mul(moment(n - 2));
    return mean.mul(moment(n - 1)).add(above).mul(1 / n);
  };
  return { sigma, threshold, excess, density: (n) => weight.mul(moment(n)) };
}

/** E[sign(u − s) sign(v − t)]/4; Sheppard's formula at the origin, elsewhere Owen's. */
function bothSigns({ angle }: Moments, onU: Conditional, onV: Conditional, s: number, t: number): Expr {
  if (s === 0 && t === 0) return angle.mul(-1 / (2 * Math.PI)).add(0.25);
  const opposite = (s < 0) !== (t < 0);
  return owensT(onU.threshold, onU.excess.neg())
    .add(owensT(onV.threshold, onV.excess.neg()))
    .neg()
    .add(opposite ? -0.25 : 0.25);
}

const normalDensity = (x: Expr) => x.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));

/** x/y for y ≥ 0, held within ±FAR; 0/0 is 0. */
const ratio = (x: Expr, y: Expr) => x.div(y.max(x.abs().mul(1 / FAR)).max(1e-30));

/** A divisor that is not 0; what it divides is 0 there. */
const positive = (x: Expr) => x.gt(0).select(x, 1);
