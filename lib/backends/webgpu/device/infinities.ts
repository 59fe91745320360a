/**
 * Features that are infinite on shaders, which know no infinity.
 *
 * The value of a point with itself may overflow, or be infinite in truth, where that of a pair is not. Where the map does no more
 * with it than to choose it, the largest number stands for it, and is turned back in the results.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import { limits } from "../../../expr/approximations/limits.ts";
import type { Expr } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { featureIndex, type Program } from "../../../program/program.ts";
import type { Column } from "../../../rows/rows.ts";
import type { Job } from "../../../program/job.ts";

/** The features with the largest number for what is infinite and no more than chosen; the same ones if nothing is. */
export function withoutInfinities({ program, features, dtype }: Job): readonly Column[] {
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

/** The features that the map computes with: it does more than to give them as they are, or to choose them by `select`. */
function computedFeatures({ map }: Pick<Program, "map">): Set<number | undefined> {
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
