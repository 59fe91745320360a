/** Closed-form duals of the jumps and bends of `singular.ts` among themselves. */
import { constant, type Expr } from "../../lib/expr/expr.ts";
import type { Moments } from "../../lib/moments.ts";
import type { Steps } from "../../lib/steps.ts";
import { owensT } from "./owens_t.ts";
import type { Term } from "./terms.ts";

/** Thresholds further out than this many standard deviations are moved here, where φ underflows. */
const FAR = 40;

/** E[h(u)h(v)] for the singular part h = Σ c·q·w, every row with the terms that are active at its variance. */
export function* singularDual(terms: readonly Term[], moments: Moments): Steps<Expr> {
  const { var1, var2 } = moments;
  const kinks = [...Map.groupBy(terms, ({ at }) => at).entries()];
  let sum = constant(0);
  for (const [s, ofU] of kinks) {
    for (const [t, ofV] of kinks) {
      const u = { variance: var1, at: s, narrowness: narrownessAt(ofU, var1) };
      const v = { variance: var2, at: t, narrowness: narrownessAt(ofV, var2) };
      const dual = kinkDual(moments, u, v);
      for (const m of ordersOf(ofU)) {
        for (const n of ordersOf(ofV)) {
          sum = sum.add(jumpAt(ofU, m, var1).mul(jumpAt(ofV, n, var2)).mul(dual(m, n)));
        }
      }
      yield;
    }
  }
  return sum;
}

const ordersOf = (terms: readonly Term[]) => [...new Set(terms.map(({ order }) => order))];

/** The jump of an order at a kink, 0 where it is not taken out. */
function jumpAt(terms: readonly Term[], order: number, variance: Expr): Expr {
  const own = terms.filter((term) => term.order === order);
  return piecewise(own, variance, (active) => active.reduce((sum, { jump }) => sum + jump, 0));
}

/** The narrowness of the envelopes at a kink; where nothing is taken out it does not matter. */
function narrownessAt(terms: readonly Term[], variance: Expr): Expr {
  let last = terms[0].narrowness;
  return piecewise(terms, variance, ([term]) => last = term?.narrowness ?? last);
}

/** What is constant between the ends of the ranges of `terms`. */
function piecewise(
  terms: readonly Term[],
  variance: Expr,
  valueOf: (active: readonly Term[]) => number,
): Expr {
  const ends = [0, ...terms.flatMap(({ from, below }) => [from, below])].filter(Number.isFinite);
  const values = [...new Set(ends)].sort((a, b) => a - b).map((end) => ({
    end,
    value: valueOf(terms.filter(({ from, below }) => from <= end && end < below)),
  }));
  return values.slice(1).reduce(
    (expr, { end, value }) => variance.lt(end).select(expr, value),
    constant(values[0].value),
  );
}

/** One of both variables of a pair, with a kink and the envelope around it. */
interface Kinked {
  readonly variance: Expr;
  readonly at: number;
  readonly narrowness: Expr;
}

/**
 * E[qₘ(u − s)w(u − s) qₙ(v − t)w(v − t)] for all orders m, n ≥ 0, with qₘ(x) = ½ sign(x) xᵐ/m!.
 *
 * The envelopes are a density of u − s and v − t, up to a factor: beside it these have the covariance (Σ⁻¹ + D)⁻¹, where D holds the
 * narrownesses, and the means −s′, −t′. From Gaussian integration by parts, with qₘ′ = qₘ₋₁ and q₋₁ = δ:
 * m E[qₘqₙ] = −s′ E[qₘ₋₁qₙ] + var1′ E[qₘ₋₂qₙ] + cov′ E[qₘ₋₁qₙ₋₁]. At s = t = 0 all terms have the same sign, and those
 * with m + n odd vanish while the expression is built.
 */
function kinkDual(moments: Moments, u: Kinked, v: Kinked): (m: number, n: number) => Expr {
  const { cov, rootDet } = moments;
  const [onU, onV] = [conditional(u, v, cov, rootDet), conditional(v, u, cov, rootDet)];
  const both = enveloped(moments, u, v, onU, onV);
  const known = new Map<string, Expr>();
  const dual = (m: number, n: number): Expr => {
    const key = `${m} ${n}`;
    if (!known.has(key)) known.set(key, compute(m, n));
    return known.get(key)!;
  };
  // Density at the threshold times σ: δ alone would overflow as the variance goes to 0.
  const slopeU = both.cov.div(positive(onU.sigma));
  const slopeV = both.cov.div(positive(onV.sigma));
  const compute = (m: number, n: number): Expr => {
    if (m === 0 && n === 0) return bothSigns(moments, both, onU, onV);
    if (m > 0) {
      const above = m > 1 ? both.var1.mul(dual(m - 2, n)) : onU.sigma.mul(both.shrink1).mul(onU.density(n));
      const across = n > 0 ? both.cov.mul(dual(m - 1, n - 1)) : slopeV.mul(onV.density(m - 1));
      return dual(m - 1, n).mul(both.s.neg()).add(above).add(across).mul(1 / m);
    }
    const above = n > 1 ? both.var2.mul(dual(0, n - 2)) : onV.sigma.mul(both.shrink2).mul(onV.density(0));
    return dual(0, n - 1).mul(both.t.neg()).add(above).add(slopeU.mul(onU.density(n - 1))).mul(1 / n);
  };
  return dual;
}

interface Conditional {
  readonly sigma: Expr;
  /** 1 + d·Var[v | u = s] */
  readonly spread: Expr;
  /** (E[v | u = s] − t) / √Var[v | u], beside the envelope of v */
  readonly excess: Expr;
  /** σ E[δ(u − s) qₙ(v − t)w(v − t)] */
  readonly density: (n: number) => Expr;
}

/** What is known of v at the threshold of u. */
function conditional(u: Kinked, v: Kinked, cov: Expr, rootDet: Expr): Conditional {
  const sigma = u.variance.sqrt();
  // cov·s − t·var, in the form that is exact for near duplicates.
  const shift = u.at === v.at ? cov.sub(u.variance).mul(u.at) : cov.mul(u.at).sub(u.variance.mul(v.at));
  // A constant u says nothing about v.
  const known = u.variance.gt(0);
  const distance = known.select(ratio(shift, sigma.mul(rootDet)), ratio(constant(-v.at), v.variance.sqrt()));
  const root = known.select(rootDet.div(positive(sigma)), v.variance.sqrt());
  const spread = root.square().mul(v.narrowness).add(1);
  const narrowed = spread.sqrt();
  const excess = distance.div(narrowed);
  const deviation = root.div(narrowed);
  const offset = known.select(shift.div(positive(u.variance)), -v.at);
  const mean = offset.div(spread);
  const damping = offset.mul(mean).mul(v.narrowness).mul(-0.5).exp().div(narrowed);
  const weight = normalDensity(ratio(constant(u.at), sigma)).mul(damping);
  const moment = (n: number): Expr => {
    if (n === 0) return excess.mul(Math.SQRT1_2).erf().mul(0.5);
    const above = n === 1 ? deviation.mul(normalDensity(excess)) : deviation.square().mul(moment(n - 2));
    return mean.mul(moment(n - 1)).add(above).mul(1 / n);
  };
  return { sigma, spread, excess, density: (n) => weight.mul(moment(n)) };
}

/** u − s and v − t beside both envelopes. */
interface Enveloped {
  readonly cov: Expr;
  readonly var1: Expr;
  readonly var2: Expr;
  /** By what the variances shrink. */
  readonly shrink1: Expr;
  readonly shrink2: Expr;
  /** √det Σ′/det Σ, the inverse of which the integral of both envelopes has as a factor */
  readonly root: Expr;
  readonly s: Expr;
  readonly t: Expr;
  /** E[w(u − s)w(v − t)] */
  readonly weight: Expr;
}

function enveloped(moments: Moments, u: Kinked, v: Kinked, onU: Conditional, onV: Conditional): Enveloped {
  const { cov, var1, var2 } = moments;
  const [d, e] = [u.narrowness, v.narrowness];
  // (1 + d var1)(1 + e var2) − d e cov², a sum of terms that are never negative.
  const total = var1.mul(d).mul(onU.spread).add(var2.mul(e)).add(1);
  const root = total.sqrt();
  const [shrink1, shrink2] = [onU.spread.div(total), onV.spread.div(total)];
  const s = var2.mul(u.at).sub(cov.mul(v.at)).mul(e).add(u.at).div(total);
  const t = var1.mul(v.at).sub(cov.mul(u.at)).mul(d).add(v.at).div(total);
  const exponent = s.mul(u.at).mul(d).add(t.mul(v.at).mul(e)).mul(-0.5);
  return {
    cov: cov.div(total),
    var1: var1.mul(shrink1),
    var2: var2.mul(shrink2),
    shrink1,
    shrink2,
    root,
    s,
    t,
    weight: exponent.exp().div(root),
  };
}

/** E[sign(u − s)w sign(v − t)w]/4; Sheppard's formula at the origin, elsewhere Owen's. */
function bothSigns(
  { cov, rootDet, angle }: Moments,
  { root, s, t, var1, var2, weight }: Enveloped,
  onU: Conditional,
  onV: Conditional,
): Expr {
  if (s.value === 0 && t.value === 0) {
    const isZero = cov.eq(0).and(rootDet.eq(0));
    const beside = root.value === 1 ? angle : isZero.select(Math.PI / 2, rootDet.mul(root).atan2(cov));
    return beside.mul(-1 / (2 * Math.PI)).add(0.25).mul(weight);
  }
  const [h, k] = [ratio(s, var1.sqrt()), ratio(t, var2.sqrt())];
  const opposite = h.lt(0).eq(k.lt(0)).select(0.25, -0.25);
  return owensT(h, onU.excess.neg())
    .add(owensT(k, onV.excess.neg()))
    .neg()
    .add(signs(s, t) ?? opposite)
    .mul(weight);
}

/** ±¼ by the signs of thresholds that are the same for all pairs. */
function signs(s: Expr, t: Expr): number | undefined {
  if (s.value === undefined || t.value === undefined) return undefined;
  return (s.value < 0) === (t.value < 0) ? 0.25 : -0.25;
}

const normalDensity = (x: Expr) => x.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));

/** x/y for y ≥ 0, held within ±FAR; 0/0 is 0. */
const ratio = (x: Expr, y: Expr) => x.div(y.max(x.abs().mul(1 / FAR)).max(1e-30));

/** A divisor that is not 0; what it divides is 0 there. */
const positive = (x: Expr) => x.gt(0).select(x, 1);
