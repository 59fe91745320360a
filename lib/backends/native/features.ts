/** The features of rows, packed for the C code. */
import { allocate, type DType } from "../../array/dtype.ts";
import type { TableValues } from "../../expr/table.ts";
import type { Column } from "../../rows.ts";
import type { Values } from "../backend.ts";
import { alignedArray } from "./memory.ts";
import { limitsOf } from "./limits.ts";
import { type Layout, padded, TILE } from "./layout.ts";

/** Packed features. */
export interface Features {
  /** Numbers a row */
  readonly count: number;
  /** For each table where it starts among them, and how wide it is */
  readonly tables: BigInt64Array;
  /** Row by row: [i · count + f] */
  readonly rows: Values;
  /** In strips of TILE rows, padded with zeros: [(j − j % TILE) · count + f · TILE + j % TILE] */
  readonly strips: Values;
}

/** A feature: `width` numbers of every row, and where they start among those of a row. */
interface Part {
  readonly values: Float64Array;
  readonly width: number;
  readonly start: number;
}

/** The limits of a table (`limitsOf`): in every row, and in the first row of every strip. */
interface Limits {
  readonly values: readonly number[];
  readonly start: number;
}

/** Packs n1 rows from the first, and n2 rows from `second` on; behind the coefficients of a table are its limits. */
export function packFeatures(
  columns: readonly Column[],
  { scalars, tables }: Layout,
  { n1, n2, second, dtype }: { n1: number; n2: number; second: number; dtype: DType },
): Features {
  const parts: Part[] = scalars.map((f, start) => ({ values: columns[f] as Float64Array, width: 1, start }));
  const limits: Limits[] = [];
  let count = scalars.length;
  for (const f of tables) {
    const { coefficients, width } = columns[f] as TableValues;
    const values = limitsOf(columns[f] as TableValues, dtype);
    parts.push({ values: coefficients, width, start: count });
    limits.push({ values, start: count + width });
    count += width + values.length;
  }
  const rows = allocate(n1 * count, dtype);
  const strips = alignedArray(padded(n2) * count, dtype);
  // Strip by strip, so that what is written stays in the cache until it is complete.
  for (let first = 0; first < n1; first += TILE) {
    for (const part of parts) copyRows(part, first, Math.min(first + TILE, n1), rows, count);
  }
  for (let first = 0; first < n2; first += TILE) {
    for (const part of parts) {
      copyStrip(part, second + first, Math.min(TILE, n2 - first), strips, first * count);
    }
  }
  for (const { values, start } of limits) {
    for (let i = 0; i < n1; i++) rows.set(values, i * count + start);
    for (let j = 0; j < n2; j += TILE) {
      values.forEach((limit, m) => strips[j * count + (start + m) * TILE] = limit);
    }
  }
  const places = parts.slice(scalars.length).flatMap(({ start, width }) => [start, width]);
  return { count, tables: BigInt64Array.from(places, BigInt), rows, strips };
}

function copyRows(
  { values, width, start }: Part,
  first: number,
  end: number,
  to: Values,
  count: number,
): void {
  for (let i = first; i < end; i++) {
    for (let k = 0; k < width; k++) to[i * count + start + k] = values[i * width + k];
  }
}

function copyStrip(
  { values, width, start }: Part,
  first: number,
  rows: number,
  to: Values,
  at: number,
): void {
  for (let i = 0; i < rows; i++) {
    const from = (first + i) * width;
    for (let k = 0; k < width; k++) to[at + (start + k) * TILE + i] = values[from + k];
  }
}
