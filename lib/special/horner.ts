/** Σₖ cₖ xᵏ by Horner's rule, coefficients in ascending order (internal). */
export function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k];
  return sum;
}
