/** The variance of a row, as layers see it. */
import type { Values } from "../array/mod.ts";

/** The mean of the squares of some entries. */
export function meanSquare(data: Values, start: number, width: number): number {
  let sum = 0;
  for (let i = start; i < start + width; i++) sum += data[i] * data[i];
  return sum / width;
}
