/** The Hermite coefficients of a polynomial at each variance. */
import type { Table } from "../../lib/expr/table.ts";
import { add, type DoubleDouble, multiply, squareRoot } from "../../lib/special/double_double.ts";
import { hermiteInteger } from "../polynomials/integers.ts";

/**
 * aₗ(σ) = √l!·Σᵢ cₙ·(n!/(2ⁱ i! l!))·σⁿ, n = l + 2i: the coefficients of t ↦ f(σt) in the normalised Hₗ for f(t) = Σ cₙtⁿ, at
 * σ = a·√variance.
 *
 * The monomial coefficients of a Hermite series of degree 60 cancel 6 digits, so the sums are double-doubles.
 */
export function radialTable(coefficients: Float64Array, a: number): Table {
  const width = coefficients.length;
  const series = Array.from(coefficients, (_, l) => seriesOf(coefficients, l));
  return {
    label: "a polynomial",
    compute: (variances) => {
      const values = new Float64Array(variances.length * width);
      variances.forEach((variance, row) => {
        const deviation = multiply([a, 0], variance > 0 ? squareRoot([variance, 0]) : [0, 0]);
        const square = multiply(deviation, deviation);
        series.forEach((terms, l) => values[row * width + l] = radial(terms, l, deviation, square));
      });
      return { coefficients: values, width, error: 0 };
    },
  };
}

/** cₙ·n!/(2ⁱ i! l!) from the highest n = l + 2i down. */
function seriesOf(coefficients: Float64Array, l: number): DoubleDouble[] {
  const terms: DoubleDouble[] = [];
  for (let n = l; n < coefficients.length; n += 2) {
    terms.unshift(multiply(hermiteInteger(n, l), [coefficients[n], 0]));
  }
  return terms;
}

/** Horner's rule in σ², then σˡ·√l! factor by factor: no power overflows before its product does. */
function radial(
  terms: readonly DoubleDouble[],
  l: number,
  deviation: DoubleDouble,
  square: DoubleDouble,
): number {
  let sum: DoubleDouble = [0, 0];
  for (const term of terms) sum = add(multiply(sum, square), term);
  let value = sum[0];
  for (let k = 1; k <= l; k++) value *= Math.sqrt(k) * deviation[0];
  return value;
}
