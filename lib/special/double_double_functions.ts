/**
 * Elementary functions of double-double numbers, to about 100 bits: exponentials and trigonometric functions by their series after a
 * reduction of the argument, and their inverses by one step of a root finder from the value in double precision.
 */
import {
  add,
  divide,
  type DoubleDouble,
  multiply,
  negate,
  product,
  squareRoot,
  subtract,
} from "./double_double.ts";
import { erfc } from "./erf.ts";

/** log 2 and π/2, each in three parts whose sum has 160 bits. */
const LN2 = [0.6931471805599453, 2.3190468138462996e-17, 5.707708438416212e-34] as const;
const HALF_PI = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33] as const;

/** 2/√π */
const TWO_OVER_ROOT_PI: DoubleDouble = [1.1283791670955126, 1.533545961316588e-17];

const ZERO: DoubleDouble = [0, 0];
const ONE: DoubleDouble = [1, 0];

/** 1/k! */
const INVERSE_FACTORIALS: DoubleDouble[] = [ONE];
for (let k = 1; k < 30; k++) INVERSE_FACTORIALS.push(divide(INVERSE_FACTORIALS[k - 1], [k, 0]));

/** Terms of (eˣ − 1)/x for |x| ≤ 1/128, and of sin(x)/x and cos(x) for |x| ≤ π/4, that are more than 2⁻¹⁰⁸ of the sum. */
const EXPONENTIAL = INVERSE_FACTORIALS.slice(1, 14);
const SINE = INVERSE_FACTORIALS.filter((_, k) => k % 2 === 1);
const COSINE = INVERSE_FACTORIALS.filter((_, k) => k % 2 === 0);

/** Terms below this share of a sum add nothing to it. */
const NOTHING = 2 ** -108;

/** x·2ᵏ, exactly where it stays in range. */
const shifted = ([hi, lo]: DoubleDouble, k: number): DoubleDouble => {
  // In two factors, as 2ᵏ itself may leave the range.
  const [one, other] = [2 ** Math.trunc(k / 2), 2 ** (k - Math.trunc(k / 2))];
  return [hi * one * other, lo * one * other];
};

/** x − k·unit for a unit in three parts and an integer k. */
function reduced(x: DoubleDouble, k: number, [first, second, third]: readonly number[]): DoubleDouble {
  return subtract(subtract(subtract(x, product(k, first)), product(k, second)), [k * third, 0]);
}

/** first + first·factor(1) + first·factor(1)·factor(2) + …, until terms add nothing. */
function series(first: DoubleDouble, factor: (n: number) => DoubleDouble): DoubleDouble {
  let [sum, term] = [first, first];
  for (let n = 1; Math.abs(term[0]) > NOTHING * Math.abs(sum[0]); n++) {
    term = multiply(term, factor(n));
    sum = add(sum, term);
  }
  return sum;
}

/** Σ cₖ xᵏ */
function polynomial(coefficients: readonly DoubleDouble[], x: DoubleDouble): DoubleDouble {
  let sum = coefficients[coefficients.length - 1];
  for (let k = coefficients.length - 2; k >= 0; k--) sum = add(multiply(sum, x), coefficients[k]);
  return sum;
}

/** eˣ; infinite or 0 where a double is. */
export function exp(x: DoubleDouble): DoubleDouble {
  const whole = Math.exp(x[0]);
  if (whole === 0 || !Number.isFinite(whole)) return [whole, 0];
  const k = Math.round(x[0] / LN2[0]);
  return shifted(add(expm1(reduced(x, k, LN2)), ONE), k);
}

/** eˣ − 1 */
export function expm1(x: DoubleDouble): DoubleDouble {
  if (Math.abs(x[0]) > 0.5) return subtract(exp(x), ONE);
  if (x[0] === 0) return x;
  // The series of x/64 is short; e²ˣ − 1 = (eˣ − 1)(eˣ + 1), six times.
  const small = shifted(x, -6);
  let result = multiply(small, polynomial(EXPONENTIAL, small));
  for (let k = 0; k < 6; k++) result = multiply(result, add(result, [2, 0]));
  return result;
}

/** log x: −∞ at 0, NaN below. */
export function log(x: DoubleDouble): DoubleDouble {
  if (Math.abs(x[0] - 1) < 0.5) return log1p(subtract(x, ONE));
  const start = Math.log(x[0]);
  if (!Number.isFinite(start)) return [start, 0];
  // log(x/e) of x/e close to 1: 2 artanh((x − e)/(x + e)), of which the first term is enough.
  const e = exp([start, 0]);
  return add([start, 0], shifted(divide(subtract(x, e), add(x, e)), 1));
}

/** log(1 + x) */
export function log1p(x: DoubleDouble): DoubleDouble {
  const sum = add(ONE, x);
  if (!(Math.abs(sum[0] - 1) < 0.5)) return log(sum);
  const start = Math.log1p(x[0]);
  const e = expm1([start, 0]);
  return add([start, 0], shifted(divide(subtract(x, e), add(add(x, e), [2, 0])), 1));
}

/** The sine and cosine of x. */
function sineAndCosine(x: DoubleDouble): readonly [sin: DoubleDouble, cos: DoubleDouble] {
  const k = Math.round(x[0] / HALF_PI[0]);
  const r = reduced(x, k, HALF_PI);
  const square = negate(multiply(r, r));
  const sine = multiply(r, polynomial(SINE, square));
  const cosine = polynomial(COSINE, square);
  const quarter = ((k % 4) + 4) % 4;
  if (quarter === 0) return [sine, cosine];
  if (quarter === 1) return [cosine, negate(sine)];
  return quarter === 2 ? [negate(sine), negate(cosine)] : [negate(cosine), sine];
}

/** sin x, of radians */
export const sin = (x: DoubleDouble): DoubleDouble => Number.isFinite(x[0]) ? sineAndCosine(x)[0] : [NaN, 0];

/** cos x, of radians */
export const cos = (x: DoubleDouble): DoubleDouble => Number.isFinite(x[0]) ? sineAndCosine(x)[1] : [NaN, 0];

/** tanh x */
export function tanh(x: DoubleDouble): DoubleDouble {
  if (Math.abs(x[0]) > 40) return [Math.sign(x[0]), 0];
  const e = expm1(shifted(x, 1));
  return divide(e, add(e, [2, 0]));
}

/** The error function, 2/√π ∫₀ˣ exp(−t²) dt. */
export function erf(x: DoubleDouble): DoubleDouble {
  if (x[0] < 0) return negate(erf(negate(x)));
  // Here what is missing to 1 is so small that a double holds enough of its digits.
  if (x[0] > 6) return subtract(ONE, [erfc(x[0]), 0]);
  if (x[0] === 0) return x;
  // e^(−x²)·x·Σ (2x²)ⁿ/(2n + 1)!!, all terms positive (DLMF 7.6.2).
  const square = multiply(x, x);
  const sum = series(x, (n) => divide(shifted(square, 1), [2 * n + 1, 0]));
  return multiply(multiply(TWO_OVER_ROOT_PI, exp(negate(square))), sum);
}

/** The angle of the point (x, y) in (−π, π]; 0 for the origin. */
export function atan2(y: DoubleDouble, x: DoubleDouble): DoubleDouble {
  const start = Math.atan2(y[0], x[0]);
  const [sine, cosine] = sineAndCosine([start, 0]);
  // What is left is the angle of the point turned back by it.
  const across = subtract(multiply(y, cosine), multiply(x, sine));
  const along = add(multiply(x, cosine), multiply(y, sine));
  return along[0] > 0 ? add([start, 0], divide(across, along)) : [start, 0];
}

/** √max(x, 0) */
export const sqrt = (x: DoubleDouble): DoubleDouble =>
  !(x[0] > 0) ? (Number.isNaN(x[0]) ? x : ZERO) : Number.isFinite(x[0]) ? squareRoot(x) : [x[0], 0];

/** √((1 − x)(1 + x)) */
const cosineOfArc = (x: DoubleDouble): DoubleDouble => sqrt(multiply(subtract(ONE, x), add(ONE, x)));

/** arcsin x */
export const asin = (x: DoubleDouble): DoubleDouble => atan2(x, cosineOfArc(x));

/** arccos x */
export const acos = (x: DoubleDouble): DoubleDouble => atan2(cosineOfArc(x), x);

/** arctan √x for x ≥ 0 */
export const atanSqrt = (x: DoubleDouble): DoubleDouble => atan2(sqrt(x), ONE);

/** ⌊x⌋ */
export function floor([hi, lo]: DoubleDouble): DoubleDouble {
  const whole = Math.floor(hi);
  return whole === hi ? add([hi, 0], [Math.floor(lo), 0]) : [whole, 0];
}

/** x < y */
export const isBelow = (x: DoubleDouble, y: DoubleDouble): boolean =>
  x[0] < y[0] || x[0] === y[0] && x[1] < y[1];
