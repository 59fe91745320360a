/** Blocks of rows of x1, with all of x2: what is computed at once. */
import type { Prepared } from "../network/prepared.ts";
import type { Gram } from "../program/job.ts";
import type { Column } from "../rows/rows.ts";
import type { Rows } from "./close_pairs.ts";

/** Some rows of x1, with all of x2. */
export interface Block extends Pick<Prepared, "n1" | "n2"> {
  readonly source: Gram & Rows;
  readonly features: readonly Column[];
  /** The number of its first row */
  readonly first: number;
}

/** The block of the rows from `first` to `end` − 1, with the features of all rows. */
export function blockOf(
  { source, n1, n2, width, symmetric }: Prepared,
  features: readonly Column[],
  first: number,
  end: number,
): Block {
  const { x1, x2 } = source as Gram & Rows;
  const rows = x1.subarray(first * width, end * width);
  const others = symmetric ? [0, n1] as const : [n1, n1 + n2] as const;
  return {
    source: { kind: "gram", x1: rows, x2, depth: width },
    features: features.map((column) => taken(column, [[first, end], others])),
    ...{ n1: end - first, n2, first },
  };
}

/** Some rows of a column, one range after the other. */
function taken(column: Column, ranges: readonly (readonly [start: number, end: number])[]): Column {
  const of = (values: Float64Array, width: number) => {
    const parts = ranges.map(([start, end]) => values.subarray(start * width, end * width));
    const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  };
  if (column instanceof Float64Array) return of(column, 1);
  const { width, error } = column;
  return { width, error, coefficients: of(column.coefficients, width) };
}
