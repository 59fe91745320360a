/**
 * What cancels in a pair's moments, carried from layer to layer.
 *
 * Where two points lie close together compared with their distance from the origin, var1 + var2 − 2cov and √(var1·var2) − |cov|
 * have lost the digits that the rounding of cov took. A backend that sums them from differences of the rows gives them to the map
 * as the variables `gap` and `apart`, and the layers whose rule is known say what becomes of them without subtracting again.
 */
import { type Expr, variable } from "./expr/expr.ts";

/** Covariances of a pair. */
export interface Covariances {
  readonly cov: Expr;
  readonly var1: Expr;
  readonly var2: Expr;
}

/** Numbers that are at least 0, of (u, v) ~ N(0, [[var1, cov], [cov, var2]]). */
export interface Gaps {
  /** √(var1·var2) − |cov| */
  readonly below: Expr;
  /** E[(u − v)²] = var1 + var2 − 2cov */
  readonly distance: Expr;
  /** E[(u + v)²] = var1 + var2 + 2cov */
  readonly sum: Expr;
}

/** √(var1·var2) − |cov| of the inputs' rows, summed from differences; −1 where the backend did not sum it. */
export const gap: Expr = variable("gap");

/** E[(u ∓ v)²] of the inputs' rows with the sign of cov, summed from differences, where `gap` is known. */
export const apart: Expr = variable("apart");

/**
 * The gaps from the rounded moments. They are formed before they are multiplied, since var1·var2 − cov² cancels (and is negative
 * for half of all duplicates once a compiler fuses it). For near duplicates the rounding of √(v₁v₂) would exceed the gap, so each
 * root is a sum of three parts: in float32 products of the first two are exact, as is what remains of the first when |cov| is
 * subtracted. So rounding leaves 45 bits of √(v₁v₂), and (1, 2) has the same gap as (2, 1), whatever a compiler fuses. Equal
 * variances are their own root, exactly.
 */
export function roundedGaps({ cov, var1, var2 }: Covariances): Gaps & { readonly above: Expr } {
  const [root1, root2] = [splitRoot(var1), splitRoot(var2)];
  const length = cov.abs();
  const product = root1.whole.mul(root2.whole);
  const mixed = root1.leading.mul(root2.middle).add(root1.middle.mul(root2.leading));
  const shares = root1.share.add(root2.share).sub(root1.share.mul(root2.share));
  const last = root1.middle.mul(root2.middle).add(product.mul(shares));
  const below = root1.leading.mul(root2.leading).sub(length).add(mixed).add(last);
  return {
    below: var1.eq(var2).select(var1.sub(length), below).max(0),
    above: product.add(length),
    distance: var1.sub(cov).add(var2.sub(cov)),
    sum: var1.add(cov).add(var2.add(cov)),
  };
}

/** √variance as its leading 12 bits, the middle 11, and the rest as a share of all, which has all of its digits. */
function splitRoot(variance: Expr): { whole: Expr; leading: Expr; middle: Expr; share: Expr } {
  const whole = variance.sqrt();
  const positive = whole.gt(0).select(whole, 1);
  const exponent = positive.exponent();
  const leading = truncated(whole, exponent.sub(11));
  const beyond = variance.sub(leading.square());
  const middle = truncated(beyond.div(positive.add(leading)), exponent.sub(22));
  const rest = beyond.sub(leading.mul(middle).mul(2)).sub(middle.square());
  return { whole, leading, middle, share: rest.div(positive.add(leading.add(middle))).div(positive) };
}

/** The multiple of 2^exponent below. */
const truncated = (value: Expr, exponent: Expr): Expr => value.ldexp(exponent.neg()).floor().ldexp(exponent);

/** The gaps of a pair of inputs: those that the backend summed, else the rounded ones. */
export function inputGaps(moments: Covariances): Gaps {
  const rounded = roundedGaps(moments);
  const isRounded = gap.lt(0);
  const opposite = moments.cov.lt(0);
  return {
    below: isRounded.select(rounded.below, gap),
    distance: isRounded.select(rounded.distance, opposite.select(rounded.distance, apart)),
    sum: isRounded.select(rounded.sum, opposite.select(apart, rounded.sum)),
  };
}

/**
 * The gaps after cov ↦ factor·cov + shift, var ↦ factor·var + shift with both at least 0. With a = √(var1·var2) + |cov| and
 * a′ after it, below′·a′ = factor²·below·a + factor·shift·distance, a sum of terms that are never negative.
 */
export function affineGaps(gaps: Gaps, before: Covariances, factor: number, shift: number): Gaps {
  const distance = gaps.distance.mul(factor);
  const sum = gaps.sum.mul(factor).add(4 * shift);
  if (shift === 0) return { below: gaps.below.mul(factor), distance, sum };
  const after = mapped(before, (entry) => entry.mul(factor).add(shift));
  const above = aboveOf(after);
  const kept = gaps.below.mul(factor).mul(aboveOf(before).mul(factor).div(above));
  return { below: kept.add(distance.div(above).mul(shift)), distance, sum };
}

const mapped = ({ cov, var1, var2 }: Covariances, map: (entry: Expr) => Expr): Covariances => ({
  cov: map(cov),
  var1: map(var1),
  var2: map(var2),
});

const aboveOf = ({ cov, var1, var2 }: Covariances): Expr => var1.sqrt().mul(var2.sqrt()).add(cov.abs());

/** The gaps of a pair that is one point where `same` holds. */
export function exactGaps({ below, distance, sum }: Gaps, same: Expr, variance: Expr): Gaps {
  return {
    below: same.select(0, below),
    distance: same.select(0, distance),
    sum: same.select(variance.mul(4), sum),
  };
}
