/** The row stage: features of every row, in float64 on the host, for all backends alike. */
import type { DType } from "./array.ts";
import type { Values } from "./backends/backend.ts";
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

/** Where a row lies: `data[start]` … `data[start + depth − 1]`. */
interface Row {
  readonly data: Values;
  readonly start: number;
  readonly id: number;
}

/**
 * A number for each row, the same for rows with the same values; exact duplicates then have a correlation of exactly 1.
 *
 * All parts have the same depth and precision.
 */
export function rowClasses(parts: readonly { data: Values; depth: number }[]): Float64Array {
  const known = new Map<number, Row[]>();
  const ids: number[] = [];
  for (const { data, depth } of parts) {
    for (const [i, hash] of hashes(data, depth).entries()) {
      const row = { data, start: i * depth, id: ids.length };
      const bucket = known.get(hash);
      const twin = bucket?.find((other) => equal(other, row, depth));
      if (!bucket) known.set(hash, [row]);
      else if (!twin) bucket.push(row);
      ids.push(twin?.id ?? row.id);
    }
  }
  return Float64Array.from(ids);
}

function equal(a: Row, b: Row, depth: number): boolean {
  for (let k = 0; k < depth; k++) {
    if (a.data[a.start + k] !== b.data[b.start + k]) return false;
  }
  return true;
}

/** FNV-1a over the 32-bit words of each row without their top bits, as −0 counts as 0. */
function hashes(data: Values, depth: number): Int32Array {
  const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const width = depth * data.BYTES_PER_ELEMENT / 4;
  return Int32Array.from({ length: data.length / depth }, (_, i) => {
    let hash = 0x811c9dc5;
    for (let k = i * width; k < (i + 1) * width; k++) {
      hash = Math.imul(hash ^ (words[k] << 1), 0x01000193);
      // Small integers differ in their high bits only, which a product never moves down.
      hash ^= hash >>> 15;
    }
    return hash;
  });
}
