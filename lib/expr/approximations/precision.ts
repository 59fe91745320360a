/** What an approximation has to know of the number format it is made for. */

/** The number format of a rendered program. */
export type Precision = "float32" | "float64";

/** The largest finite number and the smallest normal one of each format. */
export const limits: Readonly<Record<Precision, { max: number; minNormal: number }>> = {
  float32: { max: (2 - 2 ** -23) * 2 ** 127, minNormal: 2 ** -126 },
  float64: { max: Number.MAX_VALUE, minNormal: 2 ** -1022 },
};
