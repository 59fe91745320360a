/** How the pairs of a job are split into blocks that the device works on at once. */
import type { SpatialJob } from "../../spatial_job.ts";
import type { Strip } from "./sides.ts";

/** The pairs of some rows of x1 with some of x2; without those below the diagonal if x2 is x1. */
export interface PairRange {
  /** Counted through x1 and then x2 */
  readonly rows: Strip;
  readonly cols: Strip;
  /** Of each pair its row and its column, in the job */
  readonly pairs: readonly (readonly [i: number, j: number])[];
}

/** Blocks of at most `capacity` pairs and `mostRows` rows of either side, as square as the job allows. */
export function* pairRanges(
  { n1, n2, symmetric }: Pick<SpatialJob, "n1" | "n2" | "symmetric">,
  capacity: number,
  mostRows: number,
): Generator<PairRange> {
  const side = Math.max(1, Math.floor(Math.sqrt(capacity)));
  const height = Math.min(n1, mostRows, symmetric ? side : Math.max(side, Math.floor(capacity / n2)));
  const width = symmetric ? height : Math.min(n2, mostRows, Math.floor(capacity / height));
  for (let i0 = 0; i0 < n1; i0 += height) {
    for (let j0 = symmetric ? i0 : 0; j0 < n2; j0 += width) {
      const rows = range(i0, Math.min(i0 + height, n1));
      const cols = range(j0, Math.min(j0 + width, n2));
      yield {
        rows: { first: i0, count: rows.length },
        cols: { first: symmetric ? j0 : n1 + j0, count: cols.length },
        pairs: rows.flatMap((i) => cols.filter((j) => !symmetric || j >= i).map((j) => [i, j] as const)),
      };
    }
  }
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, k) => start + k);
