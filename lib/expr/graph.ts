/** Walks over expression graphs, without recursion so that thousand-layer networks do not exhaust the stack. */
import { finished, forEach, STEP, type Steps } from "../steps.ts";
import { type Expr, withArgs } from "./expr.ts";

/**
 * Every node that `roots` need, each after its arguments, the deepest argument first: then a network's layers follow each
 * other, and rendered code keeps few values alive.
 */
export const topological = (roots: Iterable<Expr>): Expr[] => finished(topologicalSteps(roots));

/** The same, in steps. */
export function* topologicalSteps(roots: Iterable<Expr>): Steps<Expr[]> {
  const order: Expr[] = [];
  const seen = new Set<Expr>();
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const expr = stack[stack.length - 1];
    if (seen.has(expr)) {
      stack.pop();
      continue;
    }
    const missing = expr.args.filter((arg) => !seen.has(arg));
    if (missing.length > 0) {
      stack.push(...missing.sort((a, b) => a.height - b.height));
      continue;
    }
    stack.pop();
    seen.add(expr);
    order.push(expr);
    if (order.length % STEP === 0) yield;
  }
  return order;
}

/** `roots` with every node of `replacements` exchanged for its replacement. */
export const substitute = (roots: readonly Expr[], replacements: ReadonlyMap<Expr, Expr>): Expr[] =>
  finished(substituteSteps(roots, replacements));

/** The same, in steps. */
export function* substituteSteps(
  roots: readonly Expr[],
  replacements: ReadonlyMap<Expr, Expr>,
): Steps<Expr[]> {
  const made = new Map<Expr, Expr>(replacements);
  yield* forEach(yield* topologicalSteps(roots), (expr) => {
    if (!made.has(expr)) made.set(expr, withArgs(expr, expr.args.map((arg) => made.get(arg)!)));
  });
  return roots.map((root) => made.get(root)!);
}
