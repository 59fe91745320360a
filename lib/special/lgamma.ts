/**
 * The logarithm of the gamma function for positive arguments.
 *
 * The coefficients interpolate at Chebyshev points in 60-digit arithmetic; rounded, they are good to 2⁻⁵⁵ of the result.
 */
import { horner } from "./horner.ts";

// lgamma(1 + t) = t(t − 1)·S(t) has both zeros as factors; S is smooth and positive. Each fit is S = centre + top/bottom,
// where the ratio is a small correction and the powers are those of the distance from the left end.
interface Fit {
  readonly centre: number;
  readonly top: readonly number[];
  readonly bottom: readonly number[];
}

/** −1/2 ≤ t ≤ 0 */
const BELOW_ONE: Fit = {
  centre: 0.6875,
  top: [
    0.07565325723293345,
    -0.08245761988305263,
    -1.836985763338235,
    -4.640582725197106,
    -4.789588128781989,
    -2.2181205715211427,
    -0.4141483409100565,
    -0.02131759826950589,
  ],
  bottom: [
    1,
    6.615450726508659,
    17.204584691239354,
    22.314066524523426,
    15.119536025451968,
    5.116705894469619,
    0.7461065155445805,
    0.031888282120680296,
  ],
};

/** 0 ≤ t ≤ 1 */
const BELOW_TWO: Fit = {
  centre: 0.5,
  top: [
    0.07721566490153287,
    0.01256666518938129,
    -0.3244402062124246,
    -0.4500417252911946,
    -0.24082604845725517,
    -0.05698322248677857,
    -0.00541697741229024,
    -0.00014254445292314241,
  ],
  bottom: [
    1,
    3.3389343216915495,
    4.390349291918918,
    2.8861913529065033,
    0.9950486887673503,
    0.1724069213280993,
    0.01299531649521575,
    0.0002909818225875854,
  ],
};

/** 1 ≤ t ≤ 2 */
const BELOW_THREE: Fit = {
  centre: 0.375,
  top: [
    0.04778433509846714,
    -0.027493516764328284,
    -0.07750534478187636,
    -0.03940109026570605,
    -0.007772785821452831,
    -0.0005924950266142382,
    -1.2461522240882644e-05,
  ],
  bottom: [
    1,
    1.5240095893342613,
    0.8876169195913308,
    0.24668040558112234,
    0.03323727383962931,
    0.001936433097616148,
    3.397001639637202e-05,
  ],
};

// x·(remainder of Stirling's formula) as a polynomial in 1/x² on x ≥ 8.
const STIRLING = [
  0.08333333333333333,
  -0.0027777777777740443,
  0.0007936507897939822,
  -0.0005952365958109722,
  0.0008414714760941705,
  -0.0018904619118929264,
  0.005067585376254391,
];

const HALF_LOG_TWO_PI_LESS_HALF = 0.4189385332046727;

const smooth = ({ centre, top, bottom }: Fit, u: number) => centre + horner(top, u) / horner(bottom, u);

/** lgamma on [2, 3), where x − 1 and x − 2 are exact. */
const betweenTwoAndThree = (x: number) => (x - 1) * (x - 2) * smooth(BELOW_THREE, x - 2);

/** lgamma on [3, 8) by x Γ(x) = Γ(x + 1); both terms are positive. */
function shifted(x: number): number {
  let product = 1;
  let y = x;
  while (y >= 3) product *= y -= 1;
  return Math.log(product) + betweenTwoAndThree(y);
}

/**
 * Logarithm of the gamma function, ln Γ(x), for x > 0, to within 3 ULP (2.4 measured), also next to its zeros
 * at 1 and 2.
 *
 * ∞ for +∞ and above 2.55e305, where it exceeds the largest double; NaN for NaN. Source: Abramowitz & Stegun 6.1.41,
 * DLMF 5.11.1 (Stirling) from 8 on and DLMF 5.5.1 (recurrence) below, with rational fits between 1/2 and 3.
 *
 * @param x A positive number.
 * @returns ln Γ(x).
 * @throws {RangeError} If x ≤ 0.
 *
 * @example Γ(1/2) = √π
 * ```ts
 * import { lgamma } from "./lgamma.ts";
 * if (Math.abs(lgamma(0.5) - Math.log(Math.PI) / 2) > 3e-16) throw new Error("lgamma(1/2)");
 * ```
 */
export function lgamma(x: number): number {
  if (x <= 0) throw new RangeError(`Cannot compute lgamma as x must be positive: current value is ${x}`);
  // 1 + x would round away a small x; x(x − 1) does not.
  if (x < 0.5) return x * (x - 1) * smooth(BELOW_TWO, x) - Math.log(x);
  // x − 2 would round here; (1 − x)(2 − x) = d + d² with d = 1 − x exact does so only in its smaller term.
  if (x <= 1) return ((1 - x) + (1 - x) * (1 - x)) * smooth(BELOW_ONE, x - 0.5);
  if (x < 2) return (x - 1) * (x - 2) * smooth(BELOW_TWO, x - 1);
  if (x < 3) return betweenTwoAndThree(x);
  if (x < 8) return shifted(x);
  return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TWO_PI_LESS_HALF + horner(STIRLING, 1 / (x * x)) / x);
}
