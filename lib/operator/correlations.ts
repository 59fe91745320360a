/** Blocks of a kernel as integers (layout.ts), and the scales that go with them. */
import { NotPositiveDefiniteError } from "../errors.ts";
import { inRanges, type Steps } from "../steps.ts";
import { lengthOf, type TilePlace, UNIT } from "./layout.ts";
import { ACTION } from "./problem.ts";

/** A correlation may be so much above 1: what rounding in float32 leaves is less. */
const LARGEST = 1 + 1e-4;

/** Rows of some thousand entries that are rounded in a step, a millisecond. */
const STEP_ROWS = 64;

/** The roots of the diagonal of a block on it, whose first row is that of a point. */
export function scalesOf(block: ArrayLike<number>, first: number, rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    const entry = block[i * (rows + 1)];
    if (entry >= 0 && entry < Infinity) return Math.sqrt(entry);
    throw new NotPositiveDefiniteError(
      `Cannot ${ACTION} as its diagonal must be finite and not negative: ` +
        `current value is ${entry} at (${first + i}, ${first + i})`,
    );
  });
}

/** The entries of a block over the scales of its rows and columns. */
export function* correlations(
  block: ArrayLike<number>,
  { rows, cols }: TilePlace,
  scales: Float64Array,
): Steps<Int32Array<ArrayBuffer>> {
  const [height, width] = [lengthOf(rows), lengthOf(cols)];
  const inverse = ([from, to]: readonly [number, number]) =>
    scales.subarray(from, to).map((scale) => scale > 0 ? 1 / scale : 0);
  const [ofRows, ofCols] = [inverse(rows), inverse(cols)];
  const tile = new Int32Array(height * width);
  yield* inRanges(height, STEP_ROWS, (start, end) => {
    for (let i = start, at = start * width; i < end; i++) {
      for (let j = 0; j < width; j++, at++) {
        // The product of the scales first, so that (i, j) and (j, i) are the same.
        const correlation = block[at] * (ofRows[i] * ofCols[j]);
        if (!(Math.abs(correlation) <= LARGEST)) throw tooLarge(block[at], rows[0] + i, cols[0] + j, scales);
        tile[at] = Math.round(UNIT * correlation);
      }
    }
  });
  return tile;
}

function tooLarge(entry: number, i: number, j: number, scales: Float64Array): Error {
  return new NotPositiveDefiniteError(
    `Cannot ${ACTION} as its entry (${i}, ${j}) must be at most ${
      (scales[i] * scales[j]).toPrecision(3)
    } in size, the root of K(${i}, ${i})·K(${j}, ${j}): current value is ${entry}`,
  );
}
