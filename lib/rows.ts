/** The row stage: features of every row, in float64 on the host, for all backends alike. */
import type { DType } from "./array.ts";
import type { Expr, HermiteOrder, Variable } from "./expr/expr.ts";
import { evaluateHermiteSum } from "./expr/evaluate.ts";
import { topological } from "./expr/graph.ts";
import { type OpName, ops } from "./expr/ops.ts";
import type { Table, TableValues } from "./expr/table.ts";
import type { Program } from "./program.ts";

/** One value a row, or one coefficient vector a row. */
export type Column = Float64Array | TableValues;

/** The input columns by name; computed when first asked for. */
export type RowInputs = Readonly<Record<string, () => Float64Array>>;

/** The column of each of `roots` (expressions of row variables) for `count` rows. */
export function evaluateRows(roots: readonly Expr[], inputs: RowInputs, count: number): Map<Expr, Column> {
  const columns = new Map<Expr, Column>();
  for (const node of topological(roots)) {
    columns.set(node, column(node, node.args.map((arg) => columns.get(arg)!), inputs, count));
  }
  return new Map(roots.map((root) => [root, columns.get(root)!]));
}

function column(node: Expr, args: Column[], inputs: RowInputs, count: number): Column {
  switch (node.kind) {
    case "const":
      return new Float64Array(count).fill(node.payload as number);
    case "variable":
      return inputs[(node.payload as Variable).name]();
    case "table":
      return (node.payload as Table).compute(args[0] as Float64Array);
    case "hermiteSum":
      return hermiteColumn(args, (node.payload as HermiteOrder).order);
    case "pairIntegral":
      throw new TypeError(
        "Cannot compute a row feature as it must depend on one row: current value is a pair integral",
      );
    default:
      return operate(ops[node.kind as OpName].evaluate, args as Float64Array[], count);
  }
}

function operate(
  evaluate: (...args: number[]) => number,
  [x, y, z]: Float64Array[],
  count: number,
): Float64Array {
  const out = new Float64Array(count);
  if (z) { for (let i = 0; i < count; i++) out[i] = evaluate(x[i], y[i], z[i]); }
  else if (y) { for (let i = 0; i < count; i++) out[i] = evaluate(x[i], y[i]); }
  else for (let i = 0; i < count; i++) out[i] = evaluate(x[i]);
  return out;
}

function hermiteColumn([a, b, rho]: Column[], order: number): Float64Array {
  const row = ({ coefficients, width }: TableValues, i: number) =>
    coefficients.subarray(i * width, (i + 1) * width);
  return (rho as Float64Array).map((r, i) =>
    evaluateHermiteSum(row(a as TableValues, i), row(b as TableValues, i), r, order)
  );
}

/** The largest finite number of each precision. */
const LARGEST: Record<DType, number> = { float64: Number.MAX_VALUE, float32: 3.4028234663852886e38 };

/**
 * Overflow and divergence are errors at once: a NaN would only surface layers later. With positions, row `first` + r has its
 * values at r · positions … (r + 1) · positions − 1.
 */
export function checkRows(
  { checks }: Pick<Program, "checks">,
  columns: Map<Expr, Column>,
  dtype: DType,
  { positions, first }: { readonly positions: number; readonly first: number } = { positions: 1, first: 0 },
): void {
  for (const { layer, variance, limit } of checks) {
    const values = columns.get(variance) as Float64Array;
    const at = (index: number) =>
      `current value is ${values[index]} at row ${first + Math.floor(index / positions)}`;
    const bad = values.findIndex((value) => !(value <= LARGEST[dtype]));
    if (bad >= 0) {
      throw new RangeError(
        `Cannot compute ${layer} as the variance of every row must be finite in ${dtype}: ${at(bad)}, ` +
          "lower wStd or put LayerNorm() before it",
      );
    }
    const beyond = limit ? values.findIndex((value) => value >= limit.value) : -1;
    if (limit && beyond >= 0) {
      throw new RangeError(
        `Cannot compute ${layer} as the variance of every row must be below ${limit.value}, where ${limit.reason}: ` +
          at(beyond),
      );
    }
  }
}

/** A number for each row, the same for rows with the same values; exact duplicates then have a correlation of exactly 1. */
export function rowClasses(parts: readonly { data: ArrayLike<number>; depth: number }[]): Float64Array {
  const known = new Map<number, { row: number[] | ArrayLike<number>; id: number }[]>();
  const ids: number[] = [];
  for (const { data, depth } of parts) {
    for (let start = 0; start < data.length; start += depth) {
      const row = Array.prototype.slice.call(data, start, start + depth);
      const hash = hashOf(row);
      const bucket = known.get(hash) ?? [];
      const twin = bucket.find((other) =>
        other.row.length === depth && row.every((x, k) => x === other.row[k])
      );
      if (!twin) known.set(hash, [...bucket, { row, id: ids.length }]);
      ids.push(twin?.id ?? ids.length);
    }
  }
  return Float64Array.from(ids);
}

const bits = new DataView(new ArrayBuffer(8));

/** FNV-1a over the halves of the float64 values; −0 counts as 0. */
function hashOf(row: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const x of row) {
    bits.setFloat64(0, x + 0);
    hash = Math.imul(hash ^ bits.getUint32(0), 0x01000193);
    hash = Math.imul(hash ^ bits.getUint32(4), 0x01000193);
  }
  return hash;
}
