/** In which order the operations of a map are computed, and where its straight-line code is cut. */
import type { Expr } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { featureIndex } from "../../../program/program.ts";
import { BAND, CHEAP, type Lengths, STRIP_LENGTHS } from "../budget.ts";
import { finished, STEP, type Steps } from "../../../steps.ts";

/** The operations that are computed once a pair, each after its arguments, and the piece of code that each belongs to. */
export function* scheduleSteps(
  roots: readonly Expr[],
): Steps<{ order: Expr[]; places: Map<Expr, number> }> {
  const cheap = cheapNodes(roots);
  yield;
  const order = yield* orderSteps(roots, {
    isListed: (node) => node.args.length > 0 && !cheap.has(node),
    isSource: (leaf) => featureIndex(leaf) === undefined,
  });
  return { order, places: placesOf(order, STRIP_LENGTHS) };
}

/** The piece that each of the operations belongs to, which follow each other in this order. */
export function placesOf(order: readonly Expr[], lengths: Lengths): Map<Expr, number> {
  const waiting = waitingCounts(order);
  const places = new Map<Expr, number>();
  for (let start = 0, place = 0; start < order.length; place++) {
    const end = endOfPiece(order, start, waiting, lengths);
    for (; start < end; start++) places.set(order[start], place);
  }
  return places;
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

/** Which nodes are computed and put in an order, and which variables differ from point to point. */
interface Traits {
  readonly isListed: (node: Expr) => boolean;
  readonly isSource: (leaf: Expr) => boolean;
}

/** The nodes that are computed; of the arguments of a node the one that takes longest comes first, so that few values wait. */
export const ordered = (roots: readonly Expr[], traits: Traits): Expr[] =>
  finished(orderSteps(roots, traits));

function* orderSteps(roots: readonly Expr[], traits: Traits): Steps<Expr[]> {
  const heights = heightsOf(roots, traits);
  yield;
  const order = new Set<Expr>();
  const pending = (nodes: readonly Expr[]) =>
    nodes.filter((node) => heights.get(node)! > 0 && !order.has(node))
      .toSorted((a, b) => heights.get(a)! - heights.get(b)!);
  const stack = pending(roots);
  while (stack.length > 0) {
    const missing = pending(stack.at(-1)!.args);
    if (missing.length > 0) stack.push(...missing);
    else order.add(stack.pop()!);
    if (order.size % STEP === 0) yield;
  }
  const bands = bandsOf([...order], heights, traits);
  yield;
  return [...order].sort((a, b) => bands.get(a)! - bands.get(b)!);
}

/** How many listed nodes each node is on top of, itself among them. */
function heightsOf(roots: readonly Expr[], { isListed }: Traits): Map<Expr, number> {
  const heights = new Map<Expr, number>();
  for (const node of topological(roots)) {
    const below = node.args.reduce((most, arg) => Math.max(most, heights.get(arg)!), 0);
    heights.set(node, isListed(node) ? 1 + below : 0);
  }
  return heights;
}

/** The band of each node; that of its first reader if no variable of the points is below it, so that it does not wait. */
function bandsOf(
  order: readonly Expr[],
  heights: ReadonlyMap<Expr, number>,
  { isSource }: Traits,
): Map<Expr, number> {
  const ofPoints = new Set<Expr>();
  const bands = new Map<Expr, number>();
  const first = new Map<Expr, number>();
  for (const node of order) {
    const moves = node.args.some((arg) => ofPoints.has(arg) || arg.kind === "variable" && isSource(arg));
    if (!moves) continue;
    ofPoints.add(node);
    bands.set(node, Math.floor(heights.get(node)! / BAND));
  }
  for (const node of order.toReversed()) {
    const band = bands.get(node) ?? first.get(node) ?? 0;
    bands.set(node, band);
    for (const arg of node.args) first.set(arg, Math.min(band, first.get(arg) ?? Infinity));
  }
  return bands;
}

/** For every position how many values from before it are read from there on. */
function waitingCounts(order: readonly Expr[]): number[] {
  const lastReads = new Map<Expr, number>();
  order.forEach((node, position) => node.args.forEach((arg) => lastReads.set(arg, position)));
  const counts = new Array<number>(order.length + 2).fill(0);
  order.forEach((node, position) => {
    counts[position + 1]++;
    counts[(lastReads.get(node) ?? position) + 1]--;
  });
  for (let p = 1; p < counts.length; p++) counts[p] += counts[p - 1];
  return counts;
}

/** The end of the piece that starts at `start`: where the fewest values wait, and before a Hermite sum of the piece is read. */
function endOfPiece(
  order: readonly Expr[],
  start: number,
  waiting: readonly number[],
  { longest, shortest }: Lengths,
): number {
  const sums = new Set<Expr>();
  let end = start;
  do {
    if (order[end].kind === "hermiteSum") sums.add(order[end]);
    end++;
  } while (end < order.length && end - start < longest && !order[end].args.some((arg) => sums.has(arg)));
  if (end === order.length) return end;
  let best = end;
  for (let other = start + shortest; other < end; other++) if (waiting[other] < waiting[best]) best = other;
  return best;
}
