/** The integers that take Hermite polynomials to monomials and back. */
import type { DoubleDouble } from "../../lib/special/double_double.ts";

const rows: bigint[][] = [[1n]];

/**
 * Cₙₗ = n!/(2ⁱ i! l!) with i = (n − l)/2, for n − l even: xⁿ = Σₗ Cₙₗ·Heₗ(x) and Heₙ(x) = Σₗ (−1)ⁱ·Cₙₗ·xˡ.
 *
 * Exact as far as double-doubles go (106 bits): the sums that they enter cancel all but a few of their digits.
 */
export function hermiteInteger(n: number, l: number): DoubleDouble {
  const value = rowOf(n)[l];
  const high = Number(value);
  return [high, Number(value - BigInt(high))];
}

/** Cₙ₊₁,ₗ = Cₙ,ₗ₋₁ + n·Cₙ₋₁,ₗ, the recurrence of Heₙ without its signs. */
function rowOf(n: number): bigint[] {
  for (let k = rows.length; k <= n; k++) {
    const [last, before] = [rows[k - 1], rows[k - 2] ?? []];
    rows.push(
      Array.from({ length: k + 1 }, (_, l) => (last[l - 1] ?? 0n) + BigInt(k - 1) * (before[l] ?? 0n)),
    );
  }
  return rows[n];
}
