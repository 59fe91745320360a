/**
 * Operations that do nothing because a value is never negative: guards of functions for arguments that do not occur here.
 *
 * In: the expressions of a map, in primitive operations. Out, for strips.ts and points.ts: the same with fewer; √|x·x| becomes
 * √(x·x), and those nodes that are never negative are named, as their roots need no guard.
 */
import { constant, type Expr, withArgs } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { truthValued } from "../../../expr/ops.ts";
import { finished, forEach, type Steps } from "../../../steps.ts";

/** Expressions, and those of their nodes that are at least 0 whatever the variables are. */
interface Guarded {
  readonly roots: Expr[];
  readonly nonNegative: ReadonlySet<Expr>;
}

/** `roots` without |x|, max(x, 0) and x < 0 of such values; `nonNegative` are those among the nodes of the result. */
export const withoutGuards = (roots: readonly Expr[]): Guarded => finished(guardSteps(roots));

/** The same in steps; `positive` are variables that are at least 0. */
export function* guardSteps(
  roots: readonly Expr[],
  positive: ReadonlySet<Expr> = new Set(),
): Steps<Guarded> {
  const made = new Map<Expr, Expr>();
  const nonNegative = new Set<Expr>(positive);
  yield* forEach(topological(roots), (node) => {
    const rebuilt = simplified(node, node.args.map((arg) => made.get(arg)!), nonNegative);
    made.set(node, rebuilt);
    if (isNonNegative(rebuilt, nonNegative)) nonNegative.add(rebuilt);
  });
  return { roots: roots.map((root) => made.get(root)!), nonNegative };
}

function simplified(node: Expr, args: Expr[], known: ReadonlySet<Expr>): Expr {
  const [x, y] = args;
  if (known.has(x)) {
    if (node.kind === "abs") return x;
    const bound = y?.value ?? Infinity;
    if (bound <= 0 && node.kind === "max") return x;
    if (bound <= 0 && node.kind === "lt") return constant(0);
  }
  return withArgs(node, args);
}

/** True for a value, or what is divided by it, that is selected where the value is above a bound that is at least 0. */
function isGuarded(
  [{ kind, args: [bound, value] }, selected]: readonly Expr[],
  known: ReadonlySet<Expr>,
): boolean {
  if (kind !== "lt" || bound.value === undefined || bound.value < 0) return false;
  const [dividend, divisor] = selected.kind === "div" ? selected.args : [null, selected];
  return value === divisor && (!dividend || known.has(dividend));
}

/** True if the value is at least 0 whatever the variables are, given which of its arguments are. */
function isNonNegative({ kind, args, value }: Expr, known: ReadonlySet<Expr>): boolean {
  const [x, y, z] = args.map((arg) => known.has(arg));
  switch (kind) {
    case "const":
      return value! >= 0;
    case "sqrt":
    case "abs":
      return true;
    case "max":
      return x || y;
    case "mul":
      return args[0] === args[1] || x && y;
    case "select":
      return z && (y || isGuarded(args, known));
    case "ldexp":
    case "floor":
      return x;
    case "add":
    case "div":
    case "min":
      return x && y;
    default:
      return truthValued.has(kind);
  }
}
