/** The pairs of inputs in two strips of rows. */
import type { SpatialJob } from "../../../../program/job.ts";
import type { Strip } from "./row_state.ts";

type Counts = Pick<SpatialJob, "n1" | "n2" | "symmetric">;

/** The pairs (i, j) of some rows of x1 and of x2. */
export type Pairs = readonly (readonly [i: number, j: number])[];

/** The pairs of the rows of x1 in one strip with those of x2 in another; only i ≤ j if x2 is x1. */
export function pairsOf({ n1, n2, symmetric }: Counts, first: Strip, second: Strip): Pairs {
  const rows = range(first.first, Math.min(first.first + first.count, n1));
  const start = symmetric ? 0 : n1;
  const cols = range(Math.max(second.first - start, 0), Math.min(second.first + second.count - start, n2));
  return rows.flatMap((i) => cols.filter((j) => !symmetric || i <= j).map((j) => [i, j] as const));
}

const range = (start: number, end: number) =>
  Array.from({ length: Math.max(end - start, 0) }, (_, k) => start + k);
