/** The pairs of inputs in two strips of rows. */
import { type Pairs, secondRow } from "../../../../pairs.ts";
import type { Strip } from "./row_state.ts";

/** The pairs (i, j) of some rows of x1 and of x2. */
export type PairList = readonly (readonly [i: number, j: number])[];

/** The pairs of the rows of x1 in one strip with those of x2 in another; only i ≤ j if x2 is x1. */
export function pairsOf(pairs: Pairs, first: Strip, second: Strip): PairList {
  const rows = range(first.first, Math.min(first.first + first.count, pairs.n1));
  const start = secondRow(pairs, 0);
  const cols = range(
    Math.max(second.first - start, 0),
    Math.min(second.first + second.count - start, pairs.n2),
  );
  return rows.flatMap((i) => cols.filter((j) => !pairs.symmetric || i <= j).map((j) => [i, j] as const));
}

const range = (start: number, end: number) =>
  Array.from({ length: Math.max(end - start, 0) }, (_, k) => start + k);
