/** The arctangent of a root, from the square: half of the angle between two vectors is given that way. */

/**
 * atan √x for 0 ≤ x ≤ 1 within 1.5 ULP, as t + tx·P(x)/Q(x) with t = √x; P and Q have the coefficients of the approximation for
 * other targets, their halves side by side.
 */
export function atanSqrt(x: number): number {
  const t = Math.sqrt(x);
  const x3 = x * x * x;
  const above = -401.73030220865195 + (-899.8421632316857 - 705.5364209579421 * x) * x +
    (-230.02505508401205 + (-28.562912031007627 - 0.902317563083267 * x) * x) * x3;
  const below = 1205.1909066259627 + (3422.6410336699905 + 3653.683494543129 * x) * x +
    (1817.1694065438303 + (422.3179442443498 + (39.87872927414442 + x) * x) * x) * x3;
  return t + t * x * above / below;
}
