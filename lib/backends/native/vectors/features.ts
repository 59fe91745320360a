/**
 * The features of rows, packed for tiles.c.
 *
 * In: columns of features. Out: for x1 row by row, and for x2 in strips of TILE rows, feature by feature, so that a loop over a
 * strip reads vectors. Two features a, b of x2 are packed as a₀ a₁ … a₉₅ b₀ b₁ … b₉₅, and so on for the next strip. Behind the
 * coefficients of a table are its limits: how many terms of a Hermite sum count, by how close ρ is to 0, which hermite_sum.c
 * looks up for the largest |ρ| of a few pairs.
 */
import { secondRow } from "../../../pairs.ts";
import type { VectorJob } from "../../../program/job.ts";
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { TableValues } from "../../../expr/table.ts";
import { address, alignedArray } from "../../../ffi/memory.ts";
import { HERMITE_STEP, NEGLIGIBLE, padded } from "../budget.ts";
import { featureOrder } from "../../feature_order.ts";
import type { Tiles } from "./library.ts";
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

/** Packs the features of a job in a precision; behind the coefficients of a table are its limits. */
export function packFeatures({ pack }: Pick<Tiles, "pack">, job: VectorJob, dtype: DType): Features {
  const { program, features: columns, n1, n2 } = job;
  const { scalars, tables } = featureOrder(program);
  const second = secondRow(job, 0);
  // Every feature is some numbers of each row: one, or the coefficients of a table and then its limits.
  const numbers = scalars.map((f) => ({ values: columns[f] as Float64Array, stride: 1, width: 1 }));
  const parts = [...numbers, ...tables.flatMap((f) => partsOf(columns[f] as TableValues, dtype))];
  const starts = startsOf(parts);
  const count = starts[parts.length];
  const rows = allocate(n1 * count, dtype);
  const strips = alignedArray(padded(n2) * count, dtype);
  // C reads as far as the last row of either side.
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
  // Where C finds table t: behind the numbers, each table followed by its limits.
  const places = tables.flatMap((_, t) => {
    const coefficients = scalars.length + 2 * t;
    return [starts[coefficients], parts[coefficients].width];
  });
  return { count, tables: BigInt64Array.from(places, BigInt), rows, strips };
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

/** Where each part starts among the numbers of a row, and how many there are: of the widths 1, 1, 20, 2 that is 0 1 2 22 24. */
function startsOf(parts: readonly Part[]): number[] {
  const starts = [0];
  for (const { width } of parts) starts.push(starts[starts.length - 1] + width);
  return starts;
}

/**
 * The largest |ρ| for which the first HERMITE_STEP, 2·HERMITE_STEP, … terms of a sum are enough, whichever two rows it is for: by
 * Cauchy and Schwarz, the terms from k on are at most |ρ|ᵏ √(Σ aᵢ²) √(Σ bᵢ²) with sums over i ≥ k.
 */
export function limitsOf(table: TableValues, dtype: DType): number[] {
  const limit = (rest: number, m: number) =>
    Math.min(1, (NEGLIGIBLE[dtype] / rest) ** (1 / (HERMITE_STEP * m)));
  return Array.from(largestRests(table), limit).slice(1);
}

/**
 * What a sum leaves out that ends early: for every m the largest Σ aᵢ² over i ≥ m·HERMITE_STEP of a row, relative to the sum of
 * all.
 */
function largestRests({ coefficients, width }: TableValues): Float64Array {
  const last = Math.ceil(width / HERMITE_STEP) - 1;
  const largest = new Float64Array(last + 1);
  const rests = new Float64Array(last + 1);
  for (let start = 0; start < coefficients.length; start += width) {
    let rest = 0;
    for (let m = last, end = start + width; m >= 0; m--) {
      const first = start + m * HERMITE_STEP;
      for (let k = first; k < end; k++) rest += coefficients[k] * coefficients[k];
      rests[m] = rest;
      end = first;
    }
    for (let m = 0; m <= last; m++) {
      if (rests[m] > largest[m] * rest) largest[m] = rests[m] / rest;
    }
  }
  return largest;
}
