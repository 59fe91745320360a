/** Expressions as plain data: a list of nodes, each after its arguments. */
import { constant, Expr, node, type Variable, variable } from "./expr.ts";
import { topological } from "./graph.ts";
import { type OpName, ops } from "./ops.ts";
import { UnsupportedError } from "../errors.ts";
import { show, showData } from "../array/dtype.ts";

/** A node: a number, a variable's name, or an operation and the positions of its arguments. */
export type GraphNode = number | string | readonly [OpName, ...number[]];

/** An expression as data; the last node is its value. Constants that JSON does not write are strings: see `SPECIAL`. */
export interface Graph {
  /** The nodes, each after its arguments. */
  readonly nodes: readonly GraphNode[];
}

/** Nodes of an expression: each is a line of a shader, and compilers take minutes for more. */
const MOST_NODES = 2 ** 13;

/** The numbers for which JSON has no text; −0 would come back as 0. */
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

/**
 * The data of an expression.
 *
 * @throws {UnsupportedError} for an expression with host functions, which are not data, or a variable with the name of a number.
 */
export function toGraph(expr: Expr): Graph {
  const nodes: GraphNode[] = [];
  const position = new Map<Expr, number>();
  for (const entry of topological([expr])) {
    // A folded constant is the sum of its value and of what its rounding left out.
    if (entry.rest !== 0) nodes.push(constantNode(entry.value!), constantNode(entry.rest));
    nodes.push(entry.rest !== 0 ? ["add", nodes.length - 2, nodes.length - 1] : graphNode(entry, position));
    position.set(entry, nodes.length - 1);
  }
  return { nodes };
}

function graphNode({ kind, payload, args }: Expr, position: Map<Expr, number>): GraphNode {
  if (kind === "const") return constantNode(payload as number);
  if (kind === "variable") return variableNode(payload as Variable);
  if (!(kind in ops)) {
    throw new UnsupportedError(
      `Cannot serialise an expression as it must be closed: current value has a ${kind}`,
    );
  }
  return [kind as OpName, ...args.map((arg) => position.get(arg)!)];
}

function constantNode(value: number): GraphNode {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

function variableNode({ name }: Variable): GraphNode {
  if (!SPECIAL.has(name)) return name;
  throw new UnsupportedError(
    `Cannot serialise an expression as the name of a variable must not be that of a number: current value is ${
      show(name)
    }`,
  );
}

/**
 * The expression of some data; variables get scope `pair`.
 *
 * @throws {TypeError} if the data is not what `toGraph` writes.
 * @throws {RangeError} if it has more than `MOST_NODES` nodes.
 */
export function fromGraph(graph: Graph): Expr {
  const count = (graph as Graph | null)?.nodes?.length ?? 0;
  if (count > MOST_NODES) {
    throw new RangeError(
      `Cannot read an expression as it must have at most ${MOST_NODES} nodes: current value is ${count}`,
    );
  }
  if (!isGraph(graph)) {
    throw new TypeError(
      `Cannot read an expression as it must have a list of nodes: current value is ${show(graph)}`,
    );
  }
  const built: Expr[] = [];
  for (const entry of graph.nodes) built.push(fromNode(entry, built));
  return built[built.length - 1];
}

/** True for the data of an expression. */
export function isGraph(value: unknown): value is Graph {
  const nodes = (value as Graph | null)?.nodes;
  return Array.isArray(nodes) && nodes.length > 0;
}

function fromNode(entry: GraphNode, built: readonly Expr[]): Expr {
  if (typeof entry === "number") return constant(entry);
  if (typeof entry === "string") {
    return SPECIAL.has(entry) ? constant(SPECIAL.get(entry)!) : variable(entry);
  }
  const [op, ...positions] = Array.isArray(entry) ? entry : [];
  const args = positions.map((position) => built[position]);
  const arity = op !== undefined && op in ops ? ARITY[op] ?? 1 : -1;
  if (args.length !== arity || !args.every((arg) => arg instanceof Expr)) {
    throw new TypeError(
      `Cannot read an expression as every node must be a number, a name or an operation with earlier arguments: ` +
        `current value is ${showData(entry)}`,
    );
  }
  return node(op as OpName, ...args);
}

/** Numbers of arguments other than 1. */
const ARITY: Partial<Record<OpName, number>> = {
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  min: 2,
  max: 2,
  lt: 2,
  eq: 2,
  and: 2,
  select: 3,
  atan2: 2,
  ldexp: 2,
};
