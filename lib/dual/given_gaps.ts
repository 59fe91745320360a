/** What cancels in moments that are given: a caller's moments are exact, unlike those that a network computes. */
import type { Expr } from "../expr/expr.ts";
import { type Covariances, type Gaps, roundedGaps, splitRoot, truncated } from "../gaps.ts";

/**
 * The gaps of exact moments. Points that are multiples of each other have cov = ±√(v₁v₂), and of their angle 0 the 36 bits of the root
 * that two parts have in float32 leave 2^-17. So the root has three: products of the first two are exact in float32, as is what
 * remains of the first when |cov| is subtracted, and rounding leaves 45 bits.
 */
export function givenGaps(moments: Covariances): Gaps {
  const { cov, var1, var2 } = moments;
  const [root1, root2] = [splitInThree(var1), splitInThree(var2)];
  const mixed = root1.leading.mul(root2.middle).add(root1.middle.mul(root2.leading));
  // With a root r and its share s beyond both parts a: r₁r₂ − a₁a₂ = r₁r₂(s₁ + s₂ − s₁s₂)
  const shares = root1.share.add(root2.share).sub(root1.share.mul(root2.share));
  const last = root1.middle.mul(root2.middle).add(root1.whole.mul(root2.whole).mul(shares));
  const length = cov.abs();
  const below = root1.leading.mul(root2.leading).sub(length).add(mixed).add(last);
  return { ...roundedGaps(moments), below: var1.eq(var2).select(var1.sub(length), below).max(0) };
}

/** √variance as its leading 12 bits, the middle 11, and the rest as a share of all. */
function splitInThree(variance: Expr) {
  const { whole, leading, beyond, positive, exponent } = splitRoot(variance);
  const middle = truncated(beyond.div(positive.add(leading)), exponent.sub(22));
  const rest = beyond.sub(leading.mul(middle).mul(2)).sub(middle.square());
  return { whole, leading, middle, share: rest.div(positive.add(leading.add(middle))).div(positive) };
}
