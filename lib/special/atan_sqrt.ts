/** The arctangent of a root, from the square: half of the angle between two vectors is given that way. */

/**
 * atan √x for 0 ≤ x ≤ 1 within 2.5 ULP, as t + tx·P(x) with t = √x; P has the coefficients of the approximation for other targets,
 * in Estrin's scheme, whose short chains of operations run side by side.
 */
export function atanSqrt(x: number): number {
  const x2 = x * x;
  const x4 = x2 * x2;
  const p0 = -0.3333333333333307 + 0.1999999999995146 * x +
    (-0.14285714282575115 + 0.11111111007026059 * x) * x2;
  const p1 = -0.0909090700298587 + 0.07692279839191452 * x +
    (-0.06666404056508005 + 0.05880527807171227 * x) * x2;
  const p2 = -0.052535185161846805 + 0.04722322083190694 * x +
    (-0.04219178586904275 + 0.03664190309249825 * x) * x2;
  const p3 = -0.02990384568208124 + 0.021984837212886726 * x +
    (-0.013900544619730894 + 0.007196492106944774 * x) * x2;
  const p4 = -0.002884912713860289 + 0.0008313198132227093 * x +
    (-0.0001521604242186497 + 1.322503138814424e-5 * x) * x2;
  const t = Math.sqrt(x);
  return t + t * x * (p0 + p1 * x4 + (p2 + p3 * x4 + p4 * (x4 * x4)) * (x4 * x4));
}
