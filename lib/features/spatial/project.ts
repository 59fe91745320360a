/** Random projections of a row: rounds of signs and the Hadamard matrix. */
import { walshHadamard } from "../../sketching/walsh_hadamard.ts";
import type { Projection } from "./steps.ts";

/** Rounds after which projections of anything are as good as Gaussian ones. */
export const ROUNDS = 3;

/** Overwrites values[row … row + columns − 1] with its projections, each with the mean square |row|². */
export function projectRow(
  values: Float64Array,
  row: number,
  columns: number,
  { rounds, shift }: Projection,
): void {
  const factor = 1 / columns ** ((rounds.length - 1) / 2);
  for (const signs of rounds) {
    if (signs) { for (let c = 0; c < columns; c++) values[row + c] *= signs[c]; }
    walshHadamard(values, row, columns);
  }
  for (let c = 0; c < columns; c++) values[row + c] = values[row + c] * factor + (shift ? shift[c] : 0);
}
