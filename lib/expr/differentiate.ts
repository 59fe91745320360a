/** Symbolic differentiation, forward, over the `partials` of the operation table. */
import { show } from "../array/dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { constant, Expr, type HermiteOrder, hermiteSum, requireExpr, toExpr } from "./expr.ts";
import { topologicalSteps } from "./graph.ts";
import { finished, forEach, type Steps } from "../steps.ts";
import { type OpName, ops } from "./ops.ts";

type Partials = (...argsAndSelf: Expr[]) => (Expr | number)[];

/**
 * The derivative ∂`expr`/∂`wrt` for a variable `wrt`, as an expression; jumps count as 0 (the derivative almost everywhere).
 *
 * @throws {TypeError} if `expr` is not an expression, or `wrt` is not a variable.
 * @throws {UnsupportedError} if `expr` holds a function of the host that depends on `wrt`.
 *
 * @example The slope of the sine
 * ```ts
 * import { differentiate, evaluate, variable } from "./mod.ts";
 * const x = variable("x");
 * if (evaluate(differentiate(x.sin(), x), { x: 0 }) !== 1) throw new Error("sin′(0) must be 1");
 * ```
 */
export const differentiate = (expr: Expr, wrt: Expr): Expr => finished(differentiateSteps(expr, wrt));

/** The same, in steps. */
export function* differentiateSteps(expr: Expr, wrt: Expr): Steps<Expr> {
  requireExpr("differentiate an expression", expr);
  if (!(wrt instanceof Expr) || wrt.kind !== "variable") {
    throw new TypeError(
      `Cannot differentiate as wrt must be a variable, such as expr.variable("x"): current value is ${
        wrt instanceof Expr ? wrt : show(wrt)
      }`,
    );
  }
  const slopes = new Map<Expr, Expr>([[wrt, constant(1)]]);
  yield* (extendSlopes(slopes, [expr]));
  return slopes.get(expr)!;
}

/** The slope of a node from those of its arguments, where the table of operations does not say it. */
export type SlopeRule = (node: Expr, slopes: ReadonlyMap<Expr, Expr>) => Expr | undefined;

/**
 * Adds to `slopes`, which has those of some leaves in some direction, those of all nodes that `roots` are made of; other variables have
 * the slope 0. In steps.
 */
export function* extendSlopes(
  slopes: Map<Expr, Expr>,
  roots: readonly Expr[],
  rule?: SlopeRule,
): Steps<void> {
  const zero = constant(0);
  yield* forEach(yield* topologicalSteps(roots), (node) => {
    if (slopes.has(node)) return;
    if (node.args.every((arg) => slopes.get(arg) === zero)) slopes.set(node, zero);
    else slopes.set(node, rule?.(node, slopes) ?? chain(node, slopes));
  });
}

/** Σ ∂node/∂argument · slope of the argument. */
function chain(node: Expr, slopes: ReadonlyMap<Expr, Expr>): Expr {
  return partials(node).reduce<Expr>(
    (sum, partial, i) => sum.add(times(slopes.get(node.args[i])!, toExpr(partial))),
    constant(0),
  );
}

/**
 * slope · partial. A choice between constants, as of `select` or `max`, chooses between the products: the slope of what is not
 * chosen may be infinite, and 0·∞ is no number.
 */
function times(slope: Expr, partial: Expr): Expr {
  const [condition, x, y] = partial.args;
  if (slope.value === 0) return slope;
  if (partial.kind !== "select" || x.value === undefined || y.value === undefined) return slope.mul(partial);
  return condition.select(slope.mul(x), slope.mul(y));
}

function partials(node: Expr): (Expr | number)[] {
  switch (node.kind) {
    case "const":
    case "variable":
      return [];
    case "hermiteSum": {
      const [a, b, rho] = node.args;
      return [0, 0, hermiteSum(a, b, rho, (node.payload as HermiteOrder).order + 1)];
    }
    case "table":
      throw new UnsupportedError(
        `Cannot differentiate ${node.kind} as it must be a closed form: current value is a host function, give its derivative`,
      );
    default:
      return (ops[node.kind as OpName].partials as Partials)(...node.args, node);
  }
}
