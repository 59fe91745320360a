/**
 * What cancels in a pair's moments, carried from layer to layer.
 *
 * Where two points lie close together compared with their distance from the origin, var1 + var2 − 2cov and √(var1·var2) − |cov|
 * have lost the digits that the rounding of cov took. A backend that sums them from differences of the rows gives them to the map
 * as the variables `gap` and `apart`, and the layers whose rule is known say what becomes of them without subtracting again.
 */
import { type Expr, type Operand, toExpr, variable } from "./expr/expr.ts";

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
 * for half of all duplicates once a compiler fuses it). For near duplicates even the rounding of √(v₁v₂) would exceed the gap, so each
 * root is a sum of two parts: the product of the leading ones is exact in float32 and close to cov, hence their difference
 * is exact too, and the small rest is added last. Equal variances are their own root, exactly.
 */
export function roundedGaps({ cov, var1, var2 }: Covariances): Gaps & { readonly above: Expr } {
  const [root1, root2] = [splitRoot(var1), splitRoot(var2)];
  const [share1, share2] = [shareOf(root1), shareOf(root2)];
  const equal = var1.eq(var2);
  const leading = equal.select(var1, root1.leading.mul(root2.leading));
  // (l₁ + l₁r₁)(l₂ + l₂r₂) − l₁l₂: the same for (2, 1), whatever products a compiler fuses with sums.
  const rest = leading.mul(equal.select(0, share1.mul(share2).add(share1.add(share2))));
  const length = cov.abs();
  return {
    below: leading.sub(length).add(rest).max(0),
    above: leading.add(length).add(rest),
    distance: var1.sub(cov).add(var2.sub(cov)),
    sum: var1.add(cov).add(var2.add(cov)),
  };
}

/** √variance as its leading 12 bits, half of those of float32, and what is beyond their square, both exact. */
export interface Root {
  readonly leading: Expr;
  readonly beyond: Expr;
  readonly whole: Expr;
  /** The root, or 1 for 0 */
  readonly positive: Expr;
  /** Its exponent */
  readonly exponent: Expr;
}

/** The parts of √variance. */
export function splitRoot(variance: Expr): Root {
  const whole = variance.sqrt();
  const positive = whole.gt(0).select(whole, 1);
  const exponent = positive.exponent();
  const leading = truncated(whole, exponent.sub(11));
  return { whole, leading, beyond: variance.sub(leading.square()), positive, exponent };
}

/** The multiple of 2^exponent below. */
export const truncated = (value: Expr, exponent: Expr): Expr =>
  value.ldexp(exponent.neg()).floor().ldexp(exponent);

/** The rest of a root as a share of its leading part: it has all of its digits. */
const shareOf = ({ leading, beyond, positive }: Root): Expr =>
  beyond.div(positive.add(leading)).div(leading.gt(0).select(leading, 1));

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
export function affineGaps(gaps: Gaps, before: Covariances, factor: Operand, shift: Operand): Gaps {
  const distance = gaps.distance.mul(factor);
  const sum = gaps.sum.mul(factor).add(toExpr(shift).mul(4));
  if (toExpr(shift).value === 0) return { below: gaps.below.mul(factor), distance, sum };
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
