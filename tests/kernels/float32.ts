/** Float32 arithmetic as a device does it: every value of a pair is rounded, what depends on one row comes from float64. */
import type { Expr, Scope, Variable } from "../../lib/expr/expr.ts";
import { topological } from "../../lib/expr/graph.ts";
import { type OpName, ops } from "../../lib/expr/ops.ts";

interface Value {
  readonly scope: Scope | null;
  readonly value: number;
}

/** The value of `expr` in float32, with correctly rounded operations. */
export function evaluateFloat32(expr: Expr, bindings: Readonly<Record<string, number>>): number {
  const values = new Map<Expr, Value>();
  for (const node of topological([expr])) {
    values.set(node, evaluateNode(node, node.args.map((arg) => values.get(arg)!), bindings));
  }
  return Math.fround(values.get(expr)!.value);
}

function evaluateNode({ kind, payload }: Expr, args: Value[], bindings: Record<string, number>): Value {
  if (kind === "const") return { scope: null, value: payload as number };
  if (kind === "variable") {
    const { name, scope } = payload as Variable;
    return { scope, value: bindings[name] };
  }
  const scope = args.map((arg) => arg.scope).reduce(join, null);
  const round = scope === "pair" ? Math.fround : (x: number) => x;
  const operate = ops[kind as OpName].evaluate as (...values: number[]) => number;
  return { scope, value: round(operate(...args.map(({ value }) => round(value)))) };
}

const join = (a: Scope | null, b: Scope | null): Scope | null =>
  a === null || a === b ? b : b === null ? a : "pair";
