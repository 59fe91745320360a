/**
 * Values that shaders cannot hold: infinities, of which WGSL knows nothing, and integers that float32 skips.
 *
 * The value of a point with itself may overflow, or be infinite in truth, where that of a pair is not. Where the map does no more
 * with it than to choose it, the largest number stands for it, and is turned back in the results.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import { limits } from "../../../expr/approximations/limits.ts";
import type { Expr, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { type Entrywise, featureIndex } from "../../../program/entrywise.ts";
import type { VectorJob } from "../../../program/job.ts";
import type { Column } from "../../../rows/rows.ts";

/** Above it float32 skips integers. */
const EXACT_INTEGERS = 2 ** 24;

/** Refuses what overflows: it has no defined result in a shader. */
export function assertRepresentable(values: Values, dtype: DType): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const [limit, remedy] = dtype === "float32"
    ? ["3.4e38", '{ dtype: "float64" }']
    : ["1.8e308", '{ backend: "reference" }'];
  throw new RangeError(
    `Cannot compute in ${dtype} on webgpu as every value must be below ${limit}: ` +
      `current value is ${values[bad]}, lower wStd or use ${remedy}`,
  );
}

/** Refuses more rows than a dtype tells apart by the integers that are their numbers. */
export function assertDistinct({ features }: Entrywise, columns: readonly Column[], dtype: DType): void {
  if (dtype !== "float32") return;
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

/** The features with the largest number for what is infinite and no more than chosen; the same ones if nothing is. */
export function withoutInfinities({ program, features, dtype }: VectorJob): readonly Column[] {
  const { max } = limits[dtype];
  const isInfinite = (column: Column) =>
    column instanceof Float64Array && column.some((value) => Math.abs(value) > max);
  if (!features.some(isInfinite)) return features;
  const computed = computedFeatures(program);
  return features.map((column, f) =>
    isInfinite(column) && !computed.has(f) ? clamped(column as Float64Array, max) : column
  );
}

/** Turns the largest number back into infinity. */
export function restoreInfinities(values: Values, dtype: DType): void {
  const { max } = limits[dtype];
  for (let k = 0; k < values.length; k++) {
    if (Math.abs(values[k]) === max) values[k] *= Infinity;
  }
}

function clamped(column: Float64Array, max: number): Float64Array {
  const out = allocate(column.length, "float64") as Float64Array;
  column.forEach((value, row) => out[row] = Math.max(-max, Math.min(max, value)));
  return out;
}

/**
 * Which features may not be clamped: infinite numbers that a map calculates with would give other results than the largest number does.
 *
 * The features that the map computes with: it does more than to give them as they are, or to choose them by `select`.
 */
function computedFeatures({ map }: Pick<Entrywise, "map">): Set<number | undefined> {
  const computedWith = new Set<Expr>();
  // Backwards, what uses a node comes before it.
  for (const node of topological(Object.values(map)).reverse()) {
    const chooses = node.kind === "select" && !computedWith.has(node);
    node.args.forEach((arg, i) => {
      if (!chooses || i === 0) computedWith.add(arg);
    });
  }
  return new Set([...computedWith].filter(({ kind }) => kind === "variable").map(featureIndex));
}
