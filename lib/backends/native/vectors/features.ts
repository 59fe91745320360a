/** The features of rows, packed for the C code. */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { TableValues } from "../../../expr/table.ts";
import type { Column } from "../../../rows/rows.ts";
import { padded } from "../budget.ts";
import type { Layout } from "./layout.ts";
import type { NearRows } from "../driver/library.ts";
import { limitsOf } from "../code/hermite_truncation.ts";
import { address, alignedArray } from "../../../ffi/memory.ts";
import { column } from "./structs.ts";

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

/** `width` numbers of every row, `stride` apart. */
interface Part {
  readonly values: Float64Array;
  readonly stride: number;
  readonly width: number;
}

/** Packs n1 rows from the first, and n2 rows from `second` on; behind the coefficients of a table are its limits. */
export function packFeatures(
  { pack }: Pick<NearRows, "pack">,
  columns: readonly Column[],
  { scalars, tables }: Layout,
  { n1, n2, second, dtype }: { n1: number; n2: number; second: number; dtype: DType },
): Features {
  const numbers = scalars.map((f) => ({ values: columns[f] as Float64Array, stride: 1, width: 1 }));
  const parts = [...numbers, ...tables.flatMap((f) => partsOf(columns[f] as TableValues, dtype))];
  const starts = startsOf(parts);
  const count = starts[parts.length];
  const rows = allocate(n1 * count, dtype);
  const strips = alignedArray(padded(n2) * count, dtype);
  const last = Math.max(n1, second + n2) - 1;
  const members = parts.map(({ values, stride, width }, k) => ({
    values: address(values, 8 * (last * stride + width)),
    ...{ stride, width },
    start: starts[k],
  }));
  const list = BigInt64Array.from(column.list(members), BigInt);
  const [length, features] = [parts.length, count].map(BigInt);
  pack(list, length, features, 0n, BigInt(n1), 0n, rows);
  pack(list, length, features, BigInt(second), BigInt(n2), 1n, strips);
  const places = tables.flatMap((_, t) => {
    const coefficients = scalars.length + 2 * t;
    return [starts[coefficients], parts[coefficients].width];
  });
  return { count, tables: BigInt64Array.from(places, BigInt), rows, strips };
}

/** Where C finds the features of n1 rows, of n2 rows in strips, and their tables. */
export function featureAddresses(
  { count, rows, strips, tables }: Features,
  n1: number,
  n2: number,
) {
  const bytes = rows.BYTES_PER_ELEMENT * count;
  return {
    rows: address(rows, bytes * n1),
    strips: address(strips, bytes * padded(n2)),
    tables: address(tables, tables.byteLength),
  };
}

/** The coefficients of every row, and the limits of all. */
function partsOf(table: TableValues, dtype: DType): Part[] {
  const { coefficients, width } = table;
  const limits = Float64Array.from(limitsOf(table, dtype));
  return [
    { values: coefficients, stride: width, width },
    { values: limits, stride: 0, width: limits.length },
  ];
}

/** Where each part starts among the numbers of a row, and how many there are. */
function startsOf(parts: readonly Part[]): number[] {
  const starts = [0];
  for (const { width } of parts) starts.push(starts[starts.length - 1] + width);
  return starts;
}
