/** Straight-line text of expressions, one statement a shared value: what the renderers of all targets have in common. */
import { constant, type Expr, type Kind, refuseKind, withArgs } from "../expr/expr.ts";
import { topologicalSteps } from "../expr/graph.ts";
import { type OpName, truthValued } from "../expr/ops.ts";
import { finished, forEach, type Steps } from "../steps.ts";

/** How a target writes what an expression consists of. */
export interface Target {
  /** The name of the target in messages. */
  readonly name: string;
  readonly literal: (value: number) => string;
  readonly operation: (op: OpName, args: string[]) => string;
  /** A statement that gives `text` a name; `truth` says that it is a truth value. */
  readonly declare: (name: string, text: string, truth: boolean) => string;
  /** The text of a variable, written out wherever it is used. */
  readonly reference: (variable: Expr) => string;
  /** The text of a Hermite sum at `rho`; targets that leave it out refuse the node. */
  readonly hermiteSum?: (node: Expr, rho: string) => string;
}

/** Statements, the text of each root after them, and the kinds of node that occur. */
export interface Statements {
  readonly statements: string;
  readonly results: Record<string, string>;
  readonly operations: ReadonlySet<Kind>;
  /** How many operations there are */
  readonly size: number;
}

/** A single-use value longer than this gets a name, which also bounds how deeply parentheses nest. */
const LONGEST_INLINE = 60;

/** The text of `roots`: values used more than once, roots and long values are named t0, t1, … */
export const renderStatements = (roots: Readonly<Record<string, Expr>>, target: Target): Statements =>
  finished(statementSteps(roots, target));

/** The same, in steps. */
export function* statementSteps(
  roots: Readonly<Record<string, Expr>>,
  target: Target,
): Steps<Statements> {
  const numbers = yield* wellTyped(Object.values(roots));
  const nodes = yield* topologicalSteps(numbers);
  const order = nodes.filter(({ kind }) => kind !== "const" && kind !== "variable");
  const uses = yield* countUses(order, numbers);
  const texts = new Map<Expr, string>();
  const textOf = (expr: Expr) => texts.get(expr) ?? leaf(expr, target);
  const statements: string[] = [];
  yield* forEach(order, (node) => {
    const text = nodeText(node, textOf, target);
    const inline = uses.get(node) === 1 && text.length <= LONGEST_INLINE;
    const name = `t${statements.length}`;
    if (!inline) statements.push(target.declare(name, text, truthValued.has(node.kind)));
    texts.set(node, inline ? text : name);
  });
  const operations = new Set(order.map(({ kind }) => kind));
  const results = Object.fromEntries(Object.keys(roots).map((name, i) => [name, textOf(numbers[i])]));
  return { statements: statements.join("\n"), results, operations, size: order.length };
}

function leaf(expr: Expr, target: Target): string {
  return expr.value === undefined ? target.reference(expr) : target.literal(expr.value);
}

function nodeText(node: Expr, textOf: (expr: Expr) => string, target: Target): string {
  switch (node.kind) {
    case "hermiteSum":
      return target.hermiteSum?.(node, textOf(node.args[2])) ?? refuseKind(node, target.name);
    case "table":
      return refuseKind(node, target.name);
    default:
      return target.operation(node.kind as OpName, node.args.map(textOf));
  }
}

/** How often each node is read; a root counts twice, so that it is named. */
function* countUses(order: readonly Expr[], roots: readonly Expr[]): Steps<Map<Expr, number>> {
  const uses = new Map<Expr, number>();
  const count = (read: Expr) => uses.set(read, (uses.get(read) ?? 0) + 1);
  yield* forEach(order, ({ args }) => args.forEach(count));
  [...roots, ...roots].forEach(count);
  return uses;
}

/** `roots` as numbers, with truth values only where `select` and `and` read them: targets tell the two apart. */
function* wellTyped(roots: readonly Expr[]): Steps<Expr[]> {
  const made = new Map<Expr, Expr>();
  yield* forEach(yield* topologicalSteps(roots), (node) => {
    const truths = node.kind === "and" ? 2 : node.kind === "select" ? 1 : 0;
    const convert = (arg: Expr, i: number) => (i < truths ? asTruth : asNumber)(made.get(arg)!);
    made.set(node, withArgs(node, node.args.map(convert)));
  });
  return roots.map((root) => asNumber(made.get(root)!));
}

const asNumber = (expr: Expr) => truthValued.has(expr.kind) ? expr.select(1, 0) : expr;
const asTruth = (expr: Expr) => truthValued.has(expr.kind) ? expr : constant(0).lt(expr.abs());
