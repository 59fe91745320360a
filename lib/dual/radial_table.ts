/** The Hermite coefficients of a polynomial at each variance. */
import type { Table } from "../expr/table.ts";
import { forEach } from "../steps.ts";
import { add, type DoubleDouble, multiply, squareRoot } from "../special/double_double.ts";
import { hermiteInteger } from "../../kernels/polynomials/mono.ts";

/** Terms of double-doubles that are summed in a step. */
const STEP_TERMS = 2 ** 15;

const ZERO: DoubleDouble = [0, 0];

/**
 * aₗ(σ) = √l!·Σᵢ cₙσⁿ·n!/(2ⁱ i! l!) with n = l + 2i: the coefficients of t ↦ f(σt) in the Hermite polynomials of unit norm for
 * f(t) = Σ cₙtⁿ, at σ = a·√variance.
 *
 * The monomial coefficients of a Hermite series of degree 60 cancel 10 digits, so the sums are double-doubles.
 */
export function radialTable(coefficients: Float64Array, a: number): Table {
  const width = coefficients.length;
  return {
    label: "a polynomial",
    *compute(variances) {
      const values = new Float64Array(variances.length * width);
      yield* forEach(variances.entries(), ([row, variance]) => {
        const root = variance > 0 ? squareRoot([variance, 0]) : ZERO;
        values.set(radialCoefficients(coefficients, multiply([a, 0], root)), row * width);
      }, Math.ceil(STEP_TERMS / width ** 2));
      return { coefficients: values, width, error: 0 };
    },
  };
}

function radialCoefficients(coefficients: Float64Array, deviation: DoubleDouble): Float64Array {
  const terms = Array.from(coefficients, (c, n) => monomial(c, deviation, n));
  let norm = 1;
  return coefficients.map((_, l) => {
    norm *= Math.sqrt(Math.max(l, 1));
    let sum = ZERO;
    for (let n = l; n < terms.length; n += 2) sum = add(sum, multiply(hermiteInteger(n, l), terms[n]));
    return norm * sum[0];
  });
}

/** c·σⁿ factor by factor, so that nothing overflows that the product does not. */
function monomial(c: number, deviation: DoubleDouble, n: number): DoubleDouble {
  let product: DoubleDouble = [c, 0];
  for (let k = 0; k < n; k++) product = multiply(product, deviation);
  return product;
}
