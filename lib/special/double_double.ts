/** Double-double arithmetic: a number as the unevaluated sum of two doubles, about 106 bits (Dekker 1971). */

/** hi + lo with |lo| ≤ ulp(hi)/2 (internal). */
export type DoubleDouble = readonly [hi: number, lo: number];

/** 2²⁷ + 1 halves the 53 bits of a double (Veltkamp) (internal). */
export const SPLITTER = 134217729;
/** From here on the product with SPLITTER leaves the range. */
const LARGE = 2 ** 996;
/** Exact, and enough to take any number below LARGE. */
const SHRINK = 2 ** -54;

/** hi + lo in normal form, for |hi| ≥ |lo|. */
function normalise(hi: number, lo: number): DoubleDouble {
  const sum = hi + lo;
  return [sum, lo - (sum - hi)];
}

/** a·b of two doubles without error; infinite where it overflows (internal). */
export function product(a: number, b: number): DoubleDouble {
  const p = a * b;
  if (!Number.isFinite(p)) return [p, 0];
  if (Math.abs(a) >= LARGE) return grown(product(a * SHRINK, b));
  if (Math.abs(b) >= LARGE) return grown(product(a, b * SHRINK));
  const ta = SPLITTER * a;
  const tb = SPLITTER * b;
  const ah = ta - (ta - a);
  const bh = tb - (tb - b);
  const al = a - ah;
  const bl = b - bh;
  return [p, ((ah * bh - p) + ah * bl + al * bh) + al * bl];
}

const grown = ([hi, lo]: DoubleDouble): DoubleDouble => [hi / SHRINK, lo / SHRINK];

/** a + b (internal); infinite where it overflows. */
export function add([ah, al]: DoubleDouble, [bh, bl]: DoubleDouble): DoubleDouble {
  const sum = ah + bh;
  if (!Number.isFinite(sum)) return [sum, 0];
  const b = sum - ah;
  const error = (ah - (sum - b)) + (bh - b);
  return normalise(sum, error + (al + bl));
}

/** −a (internal). */
export function negate([hi, lo]: DoubleDouble): DoubleDouble {
  return [-hi, -lo];
}

/** a − b (internal). */
export function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, negate(b));
}

/** a·b (internal). */
export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const [hi, lo] = product(a[0], b[0]);
  if (!Number.isFinite(hi)) return [hi, 0];
  return normalise(hi, lo + (a[0] * b[1] + a[1] * b[0]));
}

/** a/b (internal). */
export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const quotient = a[0] / b[0];
  const rest = subtract(a, multiply(b, [quotient, 0]));
  return normalise(quotient, rest[0] / b[0]);
}

/** √a for a > 0 (internal). */
export function squareRoot(a: DoubleDouble): DoubleDouble {
  const root = Math.sqrt(a[0]);
  const rest = subtract(a, product(root, root));
  return normalise(root, rest[0] / (2 * root));
}
