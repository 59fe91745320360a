/** The features of rows as the shaders read them: one column a number, several a coefficient table. */
import type { DType } from "../../../array/mod.ts";
import { allocate, type Values } from "../../../array/dtype.ts";
import type { Variable } from "../../../expr/expr.ts";
import type { Program } from "../../../program/program.ts";
import type { Column } from "../../../rows/rows.ts";
import { TABLE_PADDING } from "../budget.ts";

/** Where the features are among the columns. */
export interface FeatureLayout {
  /** The first column of each feature */
  readonly offsets: readonly number[];
  /** The number of columns of each feature */
  readonly widths: readonly number[];
  /** The number of columns */
  readonly columns: number;
}

/** Above it float32 skips integers. */
const EXACT_INTEGERS = 2 ** 24;

/** The layout of these features. */
export function layoutOf(features: readonly Column[]): FeatureLayout {
  const widths = features.map((column) =>
    column instanceof Float64Array ? 1 : Math.ceil(column.width / TABLE_PADDING) * TABLE_PADDING
  );
  const offsets: number[] = [];
  let columns = 0;
  for (const width of widths) {
    offsets.push(columns);
    columns += width;
  }
  return { offsets, widths, columns };
}

/** The features of `count` rows from `start` on: value [column · count + row]. */
export function packFeatures(
  features: readonly Column[],
  { offsets, columns }: FeatureLayout,
  start: number,
  count: number,
  dtype: DType,
): Values {
  const packed = allocate(Math.max(columns, 1) * count, dtype);
  features.forEach((column, f) => {
    const at = offsets[f] * count;
    if (column instanceof Float64Array) return packed.set(column.subarray(start, start + count), at);
    const { coefficients, width } = column;
    for (let k = 0; k < width; k++) {
      for (let row = 0; row < count; row++) {
        packed[at + k * count + row] = coefficients[(start + row) * width + k];
      }
    }
  });
  assertRepresentable(packed, dtype);
  return packed;
}

/** Shaders know no infinity: what overflows has no defined result there. */
export function assertRepresentable(values: Values, dtype: DType): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const [limit, remedy] = dtype === "float32"
    ? ["3.4e38", '{ dtype: "float64" }']
    : ["1.8e308", '{ backend: "reference" }'];
  throw new RangeError(
    `Cannot compute a ${dtype} kernel on webgpu as every value must be below ${limit}: ` +
      `current value is ${values[bad]}, lower wStd or use ${remedy}`,
  );
}

/** Rows are told apart by integers, which float32 must hold exactly. */
export function assertDistinct({ features }: Program, columns: readonly Column[]): void {
  const isNumber = ({ name }: Variable) => name === "id" || name === "index";
  features.forEach((feature, f) => {
    if (feature.kind !== "variable" || !isNumber(feature.payload as Variable)) return;
    const largest = (columns[f] as Float64Array).reduce((a, b) => Math.max(a, b), 0);
    if (largest < EXACT_INTEGERS) return;
    throw new RangeError(
      `Cannot compute a float32 kernel on webgpu as it must have at most 2²⁴ rows: current value is ${
        largest + 1
      }, ` + 'split the batch or use { dtype: "float64" }',
    );
  });
}
