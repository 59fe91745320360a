/** The largest finite number and the smallest normal one of each format. */
import type { DType } from "../../array/dtype.ts";

/** What the approximations saturate at. */
export const limits: Readonly<Record<DType, { max: number; minNormal: number }>> = {
  float32: { max: (2 - 2 ** -23) * 2 ** 127, minNormal: 2 ** -126 },
  float64: { max: Number.MAX_VALUE, minNormal: 2 ** -1022 },
};
