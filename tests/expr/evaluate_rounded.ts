/** The plain evaluation over arrays, with every operation rounded: what a float32 target would compute. */
import type { DType } from "../../lib/array/dtype.ts";
import type { Expr, Variable } from "../../lib/expr/expr.ts";
import { topological } from "../../lib/expr/graph.ts";
import { type OpName, ops } from "../../lib/expr/ops.ts";

const rounding = { float32: Math.fround, float64: (x: number) => x };

/** `expr` at every index of the arrays of `bindings`; only leaves and operations of the table. */
export function evaluateRounded(
  expr: Expr,
  bindings: Readonly<Record<string, ArrayLike<number>>>,
  precision: DType,
): Float64Array {
  const round = rounding[precision];
  const { length } = Object.values(bindings)[0];
  const values = new Map<Expr, ArrayLike<number>>();
  for (const node of topological([expr])) {
    const args = node.args.map((arg) => values.get(arg)!);
    values.set(node, Float64Array.from({ length }, (_, i) => round(valueAt(node, args, bindings, i))));
  }
  return values.get(expr) as Float64Array;
}

function valueAt(
  node: Expr,
  args: ArrayLike<number>[],
  bindings: Readonly<Record<string, ArrayLike<number>>>,
  i: number,
): number {
  if (node.kind === "const") return node.payload as number;
  if (node.kind === "variable") return bindings[(node.payload as Variable).name][i];
  return ops[node.kind as OpName].evaluate(...args.map((arg) => arg[i]));
}
