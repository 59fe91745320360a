/**
 * The features of rows as shaders read them: for every row and position a list of numbers.
 *
 * In: the columns that the host computed, numbers and coefficient tables, one for each feature of a program. Out: one array for
 * the device, and where in a list each feature is (its *column*); the text of a map (wgsl/text.ts) reads them there. For the
 * features var, a table of 3 coefficients and √var the list is var √var a₀ a₁ a₂: single numbers first, so that where they are
 * does not depend on the widths of tables.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { Column } from "../../../rows/rows.ts";
import { TABLE_PADDING } from "../budget.ts";
import { assertRepresentable } from "../device/representable.ts";

/** Where the features are among the columns. */
export interface FeatureLayout {
  /** The first column of each feature */
  readonly offsets: readonly number[];
  /** The number of columns of each feature */
  readonly widths: readonly number[];
  /** The number of columns */
  readonly columns: number;
}

/** The layout of these features; tables end in zeros up to a multiple of `padding`. */
export function layoutOf(features: readonly Column[], padding = TABLE_PADDING): FeatureLayout {
  const widths = features.map((column) =>
    column instanceof Float64Array ? 1 : Math.ceil(column.width / padding) * padding
  );
  // The order of feature_order.ts, of columns as well that no program has
  const isTable = (f: number) => !(features[f] instanceof Float64Array);
  const order = [...features.keys()].sort((f, g) => Number(isTable(f)) - Number(isTable(g)));
  const offsets: number[] = [];
  let columns = 0;
  for (const f of order) {
    offsets[f] = columns;
    columns += widths[f];
  }
  return { offsets, widths, columns };
}

/** Which values are packed, and in which order. */
export interface PackOptions {
  readonly first: number;
  /** Rows */
  readonly count: number;
  /** Of a row */
  readonly positions: number;
  /**
   * What is outermost. By columns neighbouring threads, with neighbouring rows, read neighbouring values; by rows those with
   * neighbouring positions do, and rows can follow each other whatever their program. Positions are innermost.
   */
  readonly by: "rows" | "columns";
  readonly dtype: DType;
}

/** The features of `count` rows from `first` on, column by column or row by row. */
export function packFeatures(
  features: readonly Column[],
  { offsets, columns }: FeatureLayout,
  { first, count, positions, by, dtype }: PackOptions,
): Values {
  const packed = allocate(columns * count * positions, dtype);
  const [rowStride, columnStride] = by === "rows"
    ? [columns * positions, positions]
    : [positions, count * positions];
  features.forEach((feature, f) => {
    const [values, width] = feature instanceof Float64Array
      ? [feature, 1]
      : [feature.coefficients, feature.width];
    for (let k = 0; k < width; k++) {
      for (let row = 0; row < count; row++) {
        const to = row * rowStride + (offsets[f] + k) * columnStride;
        const from = (first + row) * positions;
        for (let p = 0; p < positions; p++) packed[to + p] = values[(from + p) * width + k];
      }
    }
  });
  assertRepresentable(packed, dtype);
  return packed;
}
