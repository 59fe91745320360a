/** How many terms of a Hermite sum count. */
import type { DType } from "../../../array/dtype.ts";
import { HERMITE_STEP, NEGLIGIBLE } from "../budget.ts";
import type { TableValues } from "../../../expr/table.ts";

/**
 * The largest |ρ| for which the first HERMITE_STEP, 2·HERMITE_STEP, … terms of a sum are enough, whichever two rows it is for: by Cauchy and
 * Schwarz, the terms from k on are at most |ρ|ᵏ √(Σ aᵢ²) √(Σ bᵢ²) with sums over i ≥ k.
 */
export function limitsOf(table: TableValues, dtype: DType): number[] {
  const limit = (rest: number, m: number) =>
    Math.min(1, (NEGLIGIBLE[dtype] / rest) ** (1 / (HERMITE_STEP * m)));
  return Array.from(largestRests(table), limit).slice(1);
}

/** For every m the largest Σ aᵢ² over i ≥ m·HERMITE_STEP of a row, relative to the sum of all. */
function largestRests({ coefficients, width }: TableValues): Float64Array {
  const last = Math.ceil(width / HERMITE_STEP) - 1;
  const largest = new Float64Array(last + 1);
  const rests = new Float64Array(last + 1);
  for (let start = 0; start < coefficients.length; start += width) {
    let rest = 0;
    for (let m = last, end = start + width; m >= 0; m--) {
      const first = start + m * HERMITE_STEP;
      for (let k = first; k < end; k++) rest += coefficients[k] * coefficients[k];
      rests[m] = rest;
      end = first;
    }
    for (let m = 0; m <= last; m++) {
      if (rests[m] > largest[m] * rest) largest[m] = rests[m] / rest;
    }
  }
  return largest;
}
