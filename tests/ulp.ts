/** Errors in units in the last place. */
import type { DType } from "../lib/array/dtype.ts";

const formats = { float32: { digits: 24, lowest: -126 }, float64: { digits: 53, lowest: -1022 } };

/** The distance between neighbours of the format at `x`; subnormal numbers have that of the smallest normal one. */
export function ulp(x: number, precision: DType): number {
  const { digits, lowest } = formats[precision];
  let exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), lowest);
  if (2 ** exponent > Math.abs(x) && exponent > lowest) exponent--;
  return 2 ** (exponent + 1 - digits);
}

/** |actual − (high + low)| in ULP of the exact value high + low; Infinity for what is not a finite number. */
export function ulpError(actual: number, high: number, precision: DType, low = 0): number {
  const error = Math.abs(actual - high - low) / ulp(high, precision);
  return Number.isNaN(error) ? Infinity : error;
}

/** The largest error in ULP and the index where it is. */
export function worstUlp(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  precision: DType,
  low?: ArrayLike<number>,
): { error: number; index: number } {
  let worst = { error: 0, index: 0 };
  for (let index = 0; index < exact.length; index++) {
    const error = ulpError(actual[index], exact[index], precision, low?.[index]);
    if (error > worst.error) worst = { error, index };
  }
  return worst;
}
