/** The features of rows at all positions as the shaders read them. */
import { allocate, type DType, type Values } from "../../../../array/dtype.ts";
import type { TableValues } from "../../../../expr/table.ts";
import type { Program } from "../../../../program/program.ts";
import type { Column } from "../../../../rows/rows.ts";
import { assertDistinct, assertRepresentable } from "../../vectors/features.ts";
import { featureOrder } from "../wgsl/map_text.ts";

/** The features of a program: for each row its numbers, position by position, then the coefficients of its tables. */
export interface Packed {
  readonly values: Values;
  /** Values a row */
  readonly stride: number;
  /** For each table its first coefficient among the numbers of a position, and how many there are */
  readonly tables: readonly (readonly [start: number, width: number])[];
}

/** Where a program's features are in a buffer. */
export interface FeaturePlace extends Omit<Packed, "values"> {
  readonly start: number;
}

/** The features of several programs for the same rows. */
export interface FeatureBuffer {
  readonly buffer: GPUBuffer;
  readonly places: ReadonlyMap<Program, FeaturePlace>;
}

/** Packs the columns of a program for `count` rows of `positions` positions. */
export function packFeatures(
  program: Program,
  columns: readonly Column[],
  { count, positions, dtype }: { count: number; positions: number; dtype: DType },
): Packed {
  const { scalars, tables } = featureOrder(program);
  const widths = tables.map((f) => (columns[f] as TableValues).width);
  const starts = widths.map((_, t) => widths.slice(0, t).reduce((sum, width) => sum + width, scalars.length));
  const numbers = widths.reduce((sum, width) => sum + width, scalars.length);
  const stride = numbers * positions;
  const values = allocate(count * stride, dtype);
  scalars.forEach((f, k) => {
    const column = columns[f] as Float64Array;
    for (let row = 0; row < count; row++) {
      values.set(column.subarray(row * positions, (row + 1) * positions), row * stride + k * positions);
    }
  });
  tables.forEach((f, t) => {
    const { coefficients } = columns[f] as TableValues;
    for (let k = 0; k < widths[t]; k++) {
      for (let at = 0; at < count * positions; at++) {
        const row = Math.floor(at / positions);
        values[row * stride + (starts[t] + k) * positions + at % positions] =
          coefficients[at * widths[t] + k];
      }
    }
  });
  assertRepresentable(values, dtype);
  if (dtype === "float32") assertDistinct(program, columns);
  return { values, stride, tables: widths.map((width, t) => [starts[t], width] as const) };
}

/** The features of several programs, one after the other. */
export function joined(
  packed: ReadonlyMap<Program, Packed>,
  dtype: DType,
): { values: Values; places: FeatureBuffer["places"] } {
  const places = new Map<Program, FeaturePlace>();
  let start = 0;
  for (const [program, { values, stride, tables }] of packed) {
    places.set(program, { start, stride, tables });
    start += values.length;
  }
  // Buffers must not be empty.
  const values = allocate(Math.max(start, 1), dtype);
  for (const [program, own] of packed) values.set(own.values, places.get(program)!.start);
  return { values, places };
}
