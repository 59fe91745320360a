/** The integers that take Hermite polynomials to monomials and back. */
import type { DoubleDouble } from "../../lib/special/double_double.ts";

const exact: bigint[][] = [[1n]];
const rounded: DoubleDouble[][] = [[[1, 0]]];

/**
 * Cₙₗ = n!/(2ⁱ i! l!) with i = (n − l)/2, for n − l even: xⁿ = Σₗ Cₙₗ·Heₗ(x) and Heₙ(x) = Σₗ (−1)ⁱ·Cₙₗ·xˡ.
 *
 * Exact as far as double-doubles go (106 bits): the sums that they enter cancel all but a few of their digits.
 */
export function hermiteInteger(n: number, l: number): DoubleDouble {
  while (exact.length <= n) append();
  return rounded[n][l];
}

/** Cₙ₊₁,ₗ = Cₙ,ₗ₋₁ + n·Cₙ₋₁,ₗ, the recurrence of Heₙ without its signs. */
function append(): void {
  const n = exact.length - 1;
  const [last, before] = [exact[n], exact[n - 1] ?? []];
  const row = Array.from(
    { length: n + 2 },
    (_, l) => (last[l - 1] ?? 0n) + BigInt(n) * (before[l] ?? 0n),
  );
  exact.push(row);
  rounded.push(row.map((value) => {
    const high = Number(value);
    return [high, Number(value - BigInt(high))];
  }));
}
