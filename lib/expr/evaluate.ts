/** The plain evaluator: the definition that every renderer is tested against. */
import { show } from "../array/dtype.ts";
import { finished } from "../steps.ts";
import { type Expr, type HermiteOrder, requireExpr, type Variable } from "./expr.ts";
import { topological } from "./graph.ts";
import { type OpName, ops } from "./ops.ts";
import type { Table } from "./table.ts";

/**
 * The value of `expr` in float64 when its variables have the values of `bindings`: the definition that every compiled
 * expression is tested against.
 *
 * @param bindings one number for each variable by its name; default none
 * @throws {TypeError} if `expr` is not an expression, or a variable of it has no number in `bindings`.
 *
 * @example A line at a point
 * ```ts
 * import { evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(x.mul(2).add(1), { x: 3 }) !== 7) throw new Error("2·3 + 1 must be 7");
 * ```
 */
export function evaluate(expr: Expr, bindings: Readonly<Record<string, number>> = {}): number {
  const values = new Map<Expr, number>();
  for (const node of topological([requireExpr("evaluate an expression", expr)])) {
    values.set(node, evaluateNode(node, node.args.map((arg) => values.get(arg)!), bindings));
  }
  return values.get(expr)!;
}

function evaluateNode(node: Expr, args: number[], bindings: Readonly<Record<string, number>>): number {
  const { kind, payload } = node;
  switch (kind) {
    case "const":
      return payload as number;
    case "variable": {
      const { name } = payload as Variable;
      if (typeof bindings[name] !== "number") {
        throw new TypeError(
          `Cannot evaluate as variable ${name} must be a number: current value is ${show(bindings[name])}`,
        );
      }
      return bindings[name];
    }
    case "table":
      // The coefficients are computed where they meet (hermiteSum), so that both vectors have the same length.
      return args[0];
    case "hermiteSum":
      return meetingTables(node, args);
    default:
      return (ops[kind as OpName].evaluate as (...args: number[]) => number)(...args);
  }
}

function meetingTables({ args: [a], payload }: Expr, [variance1, variance2, rho]: number[]): number {
  const { coefficients, width } = finished(
    (a.payload as Table).compute(Float64Array.of(variance1, variance2)),
  );
  const { order } = payload as HermiteOrder;
  return evaluateHermiteSum(coefficients.subarray(0, width), coefficients.subarray(width), rho, order);
}

/** Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) by Horner's rule; the shorter vector ends the sum. */
export function evaluateHermiteSum(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  rho: number,
  order: number,
): number {
  let sum = 0;
  for (let k = Math.min(a.length, b.length) - 1; k >= order; k--) {
    let factor = a[k] * b[k];
    for (let m = 0; m < order; m++) factor *= k - m;
    sum = sum * rho + factor;
  }
  return sum;
}
