/** In which order the operations of a map are computed, and where its straight-line code is cut. */
import type { Expr } from "../../expr/expr.ts";
import { topological } from "../../expr/graph.ts";
import { featureIndex } from "../../program.ts";

/**
 * Operations between two cuts. Few, because the steps of a layer wait for each other: a processor looks a few hundred
 * instructions ahead, and a short loop lets it work on several pairs at once. It takes a tenth off the time of GELU layers.
 */
const LONGEST = 30;
const SHORTEST = 15;
/** Up to this size, what depends on the features alone is computed again rather than kept. */
const CHEAP = 12;

/** The operations that are computed once a pair, each after its arguments, and the piece of code that each belongs to. */
export function scheduleOf(roots: readonly Expr[]): { order: Expr[]; places: Map<Expr, number> } {
  const order = ordered(roots, cheapNodes(roots));
  const waiting = waitingCounts(order);
  const places = new Map<Expr, number>();
  for (let start = 0, place = 0; start < order.length; place++) {
    const end = endOfPiece(order, start, waiting);
    for (; start < end; start++) places.set(order[start], place);
  }
  return { order, places };
}

/** Constants, features, and what takes few operations on them. */
function cheapNodes(roots: readonly Expr[]): Set<Expr> {
  const sizes = new Map<Expr, number>();
  for (const node of topological(roots)) {
    const isOfPair = node.kind === "hermiteSum" ||
      node.kind === "variable" && featureIndex(node) === undefined;
    const size = node.args.reduce((sum, arg) => sum + (sizes.get(arg) ?? Infinity), 1);
    if (!isOfPair && size <= CHEAP) sizes.set(node, size);
  }
  return new Set(sizes.keys());
}

/** The other inner nodes; of the arguments of a node the one that takes longest comes first, so that few values wait. */
function ordered(roots: readonly Expr[], cheap: ReadonlySet<Expr>): Expr[] {
  const heights = new Map<Expr, number>();
  for (const node of topological(roots)) {
    const isLeaf = node.args.length === 0 || cheap.has(node);
    heights.set(node, isLeaf ? 0 : 1 + Math.max(...node.args.map((arg) => heights.get(arg)!)));
  }
  const order = new Set<Expr>();
  const pending = (nodes: readonly Expr[]) =>
    nodes.filter((node) => heights.get(node)! > 0 && !order.has(node))
      .toSorted((a, b) => heights.get(a)! - heights.get(b)!);
  const stack = pending(roots);
  while (stack.length > 0) {
    const missing = pending(stack.at(-1)!.args);
    if (missing.length > 0) stack.push(...missing);
    else order.add(stack.pop()!);
  }
  return [...order];
}

/** For every position how many values from before it are read from there on. */
function waitingCounts(order: readonly Expr[]): number[] {
  const lastReads = new Map<Expr, number>();
  order.forEach((node, position) => node.args.forEach((arg) => lastReads.set(arg, position)));
  const counts = new Array<number>(order.length + 1).fill(0);
  order.forEach((node, position) => {
    for (let p = position + 1; p <= (lastReads.get(node) ?? position); p++) counts[p]++;
  });
  return counts;
}

/** The end of the piece that starts at `start`: where the fewest values wait, and before a Hermite sum of the piece is read. */
function endOfPiece(order: readonly Expr[], start: number, waiting: readonly number[]): number {
  const sums = new Set<Expr>();
  let end = start;
  do {
    if (order[end].kind === "hermiteSum") sums.add(order[end]);
    end++;
  } while (end < order.length && end - start < LONGEST && !order[end].args.some((arg) => sums.has(arg)));
  if (end === order.length) return end;
  let best = end;
  for (let other = start + SHORTEST; other < end; other++) if (waiting[other] < waiting[best]) best = other;
  return best;
}
