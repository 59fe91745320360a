/** The row stage: features of every row in float64, computed on the host for all backends alike. */
import type { DType } from "../array/mod.ts";
import type { Expr, HermiteOrder, Variable } from "../expr/expr.ts";
import { topologicalSteps } from "../expr/graph.ts";
import type { OpName } from "../expr/ops.ts";
import type { Ledger, Table, TableValues } from "../expr/table.ts";
import type { Entrywise } from "../program/entrywise.ts";
import { firstBeyond, LARGEST, reasonOf } from "../room.ts";
import { rememberedSteps } from "../remembered.ts";
import { operate } from "./operations.ts";
import { inRanges, type Steps } from "../steps.ts";

/** One value a row, or one coefficient vector a row. */
export type Column = Float64Array | TableValues;

/** The input columns by name; computed when first asked for, in steps where that may take long. */
export type RowInputs = Readonly<Record<string, () => Float64Array | Steps<Float64Array>>>;

/** So many numbers of columns, or terms of sums, take a few milliseconds. */
const WORK = 2 ** 18;

/** What a node costs besides its numbers. */
const NODE = 2 ** 10;

/** The nodes of lists of roots in order: to sort them takes as long as the columns of ten rows. */
const ordered = rememberedSteps((roots: readonly Expr[]) => topologicalSteps(roots));

/**
 * The column of each of `roots` (expressions of row variables) for `count` rows. Those that are `known` are not computed again, and
 * tables say in `ledger` what they reached. In steps.
 */
export function* evaluateRows(
  roots: readonly Expr[],
  inputs: RowInputs,
  count: number,
  { known = new Map(), ledger }: { known?: ReadonlyMap<Expr, Column>; ledger?: Ledger } = {},
): Steps<Map<Expr, Column>> {
  const columns = new Map(known);
  let work = 0;
  for (const node of yield* ordered(roots)) {
    if (columns.has(node)) continue;
    const args = node.args.map((arg) => columns.get(arg)!);
    const made = column(node, args, inputs, count);
    // Most are there: steps for each of them would take as long as the column of a few rows.
    const values = made instanceof Float64Array ? made : yield* made;
    if ((work += count + NODE) >= WORK) {
      work = 0;
      yield;
    }
    columns.set(node, values);
    if (!(values instanceof Float64Array)) ledger?.recordTable(node.payload as Table, values);
  }
  return new Map(roots.map((root) => [root, columns.get(root)!]));
}

/** The column of a node, in steps where it may take long. */
function column(
  node: Expr,
  args: Column[],
  inputs: RowInputs,
  count: number,
): Float64Array | Steps<Column> {
  switch (node.kind) {
    case "const":
      return new Float64Array(count).fill(node.payload as number);
    case "variable":
      return inputs[(node.payload as Variable).name]();
    case "table":
      return (node.payload as Table).compute(args[0] as Float64Array);
    case "hermiteSum":
      return hermiteColumn(args, (node.payload as HermiteOrder).order);
    default:
      return operate(node.kind as OpName, args as Float64Array[], count);
  }
}

/** `evaluateHermiteSum` for every row. */
function* hermiteColumn([first, second, rho]: Column[], order: number): Steps<Float64Array> {
  const [a, b, x] = [first as TableValues, second as TableValues, rho as Float64Array];
  const sums = new Float64Array(x.length);
  const rows = Math.ceil(WORK / Math.min(a.width, b.width));
  yield* inRanges(x.length, rows, (start, end) => sumRows(a, b, x, order, start, end, sums));
  return sums;
}

/** The sums of some rows; views of the coefficients would cost as much. */
function sumRows(
  { coefficients: a, width: aWidth }: TableValues,
  { coefficients: b, width: bWidth }: TableValues,
  rho: Float64Array,
  order: number,
  start: number,
  end: number,
  sums: Float64Array,
): void {
  const width = Math.min(aWidth, bWidth);
  for (let i = start; i < end; i++) {
    const x = rho[i];
    let sum = 0;
    for (let k = width - 1; k >= order; k--) {
      let factor = a[i * aWidth + k] * b[i * bWidth + k];
      for (let m = 0; m < order; m++) factor *= k - m;
      sum = sum * x + factor;
    }
    sums[i] = sum;
  }
}

/** A row that a program is not for: an error of the caller, unlike other range errors. */
export class RefusedRow extends RangeError {}

/**
 * Overflow and divergence are errors at once: a NaN would only surface layers later. With positions, row `first` + r has its
 * values at r · positions … (r + 1) · positions − 1.
 */
export function checkRows(
  { checks }: Pick<Entrywise, "checks">,
  columns: Map<Expr, Column>,
  dtype: DType,
  { positions, first }: { readonly positions: number; readonly first: number } = { positions: 1, first: 0 },
  ledger?: Ledger,
): void {
  for (const { layer, variance, limit, room, key, isSlope } of checks) {
    const values = columns.get(variance) as Float64Array;
    if (key) ledger?.recordVariances(key, values);
    const at = (index: number) =>
      `current value is ${values[index]} at row ${first + Math.floor(index / positions)}`;
    const bad = firstAbove(values, LARGEST[dtype]);
    if (bad >= 0) {
      throw new RefusedRow(
        `Cannot compute ${layer} as the ${isSlope ? "mean square of the slope" : "variance"} of every row ` +
          `must be finite in ${dtype}: ${at(bad)}, ` +
          "lower wStd or put LayerNorm() before it",
      );
    }
    const crowded = room ? firstFrom(values, firstBeyond(room, dtype)) : -1;
    if (room && crowded >= 0) {
      throw new RefusedRow(
        `Cannot compute ${layer} as the variance of every row must be below ${
          firstBeyond(room, dtype)
        }, where ` +
          `${reasonOf(room, dtype)}: ${at(crowded)}, lower wStd or put LayerNorm() before it`,
      );
    }
    const beyond = limit ? firstFrom(values, limit.value) : -1;
    if (limit && beyond >= 0) {
      throw new RefusedRow(
        `Cannot compute ${layer} as the variance of every row must be below ${limit.value}, where ${limit.reason}: ` +
          at(beyond),
      );
    }
  }
}

/** The first index of a value above `largest`, or of NaN; −1 if there is none. */
function firstAbove(values: Float64Array, largest: number): number {
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] <= largest)) return i;
  }
  return -1;
}

/** The first index of a value that reaches `limit`; −1 if there is none. */
function firstFrom(values: Float64Array, limit: number): number {
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= limit) return i;
  }
  return -1;
}
