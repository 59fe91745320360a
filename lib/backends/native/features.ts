/** The features of rows, packed for the C code. */
import { allocate, type DType } from "../../array/dtype.ts";
import type { TableValues } from "../../expr/table.ts";
import type { Column } from "../../rows.ts";
import type { Values } from "../backend.ts";
import { alignedArray } from "./memory.ts";
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

/** Packs n1 rows from the first, and n2 rows from `second` on. */
export function packFeatures(
  columns: readonly Column[],
  { scalars, tables }: Layout,
  { n1, n2, second, dtype }: { n1: number; n2: number; second: number; dtype: DType },
): Features {
  const widths = tables.map((f) => (columns[f] as TableValues).width);
  const starts = widths.map((_, t) => widths.slice(0, t).reduce((sum, width) => sum + width, scalars.length));
  const count = widths.reduce((sum, width) => sum + width, scalars.length);
  const rows = allocate(n1 * count, dtype);
  const strips = alignedArray(padded(n2) * count, dtype);
  const copy = (values: Float64Array, width: number, start: number) => {
    for (let i = 0; i < n1; i++) {
      for (let k = 0; k < width; k++) rows[i * count + start + k] = values[i * width + k];
    }
    for (let j = 0; j < n2; j++) {
      const strip = (j - j % TILE) * count + j % TILE;
      for (let k = 0; k < width; k++) strips[strip + (start + k) * TILE] = values[(second + j) * width + k];
    }
  };
  scalars.forEach((f, position) => copy(columns[f] as Float64Array, 1, position));
  tables.forEach((f, t) => copy((columns[f] as TableValues).coefficients, widths[t], starts[t]));
  const places = BigInt64Array.from(widths.flatMap((width, t) => [starts[t], width]).map(BigInt));
  return { count, tables: places, rows, strips };
}
