/** How many terms of a Hermite sum count. */
import type { DType } from "../../../array/dtype.ts";
import type { TableValues } from "../../../expr/table.ts";

/** As in hermite_sum.c. */
const STEP = 8;

/** What a sum may leave out, relative to the root of the sums of both points with themselves: far less than rounding. */
const NEGLIGIBLE: Readonly<Record<DType, number>> = { float64: 2 ** -60, float32: 2 ** -32 };

/**
 * The largest |ρ| for which the first STEP, 2·STEP, … terms of a sum are enough, whichever two rows it is for: by Cauchy and
 * Schwarz, the terms from k on are at most |ρ|ᵏ √(Σ aᵢ²) √(Σ bᵢ²) with sums over i ≥ k.
 */
export function limitsOf(table: TableValues, dtype: DType): number[] {
  const limit = (rest: number, m: number) => Math.min(1, (NEGLIGIBLE[dtype] / rest) ** (1 / (STEP * m)));
  return Array.from(largestRests(table), limit).slice(1);
}

/** For every m the largest Σ aᵢ² over i ≥ m·STEP of a row, relative to the sum of all. */
function largestRests({ coefficients, width }: TableValues): Float64Array {
  const last = Math.ceil(width / STEP) - 1;
  const largest = new Float64Array(last + 1);
  const rests = new Float64Array(last + 1);
  for (let start = 0; start < coefficients.length; start += width) {
    let rest = 0;
    for (let m = last, end = start + width; m >= 0; m--) {
      const first = start + m * STEP;
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
