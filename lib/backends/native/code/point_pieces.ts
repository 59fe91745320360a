/**
 * Where maps at points are cut into functions of C, of those that `lib/program/pieces.ts` can make.
 *
 * In: the expressions of a map, in primitive operations. Out, for loops over points (points.ts, rows.ts): its pieces in order, which
 * keep together what they can.
 */
import type { Expr } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { cutSteps, orderSteps, type Pieces, placeSteps, type Roots } from "../../../program/pieces.ts";
import { finished } from "../../../steps.ts";
import { POINT_LENGTHS, WHOLE } from "../budget.ts";

/** What leaves are: those that differ from point to point, and those that are computed, which are kept like operations. */
export interface Leaves {
  readonly isSource: (leaf: Expr) => boolean;
  readonly isComputed: (leaf: Expr) => boolean;
}

/** The pieces of a map at points: one for every level of Hermite sums, and more where it is long. */
export function pointPieces(
  map: Roots,
  { isSource, isComputed }: Leaves = { isSource: () => true, isComputed: () => false },
): Pieces {
  const roots = Object.values(map);
  const sums = topological(roots).filter(({ kind }) => kind === "hermiteSum");
  const rhos = new Set(sums.map(({ args }) => args[2]));
  const isListed = (node: Expr) => node.args.length > 0 || rhos.has(node) || isComputed(node);
  const order = finished(orderSteps(roots, { isListed, isSource }));
  const places = placesByLevel(order);
  return finished(cutSteps(map, order.toSorted((x, y) => places.get(x)! - places.get(y)!), places));
}

/**
 * The piece that each value is computed in, or after it if it is a Hermite sum. Level by level: what reads a sum comes after all that
 * does not, so that there are few pieces.
 */
function placesByLevel(order: readonly Expr[]): Map<Expr, number> {
  const levels = levelsOf(order);
  const byLevel: Expr[][] = [];
  for (const node of order) (byLevel[levels.get(node)!] ??= []).push(node);
  const places = new Map<Expr, number>();
  let first = 0;
  for (const nodes of byLevel) {
    const inner = nodes.filter(({ kind }) => kind !== "hermiteSum");
    const within = order.length <= WHOLE
      ? new Map(inner.map((node) => [node, 0]))
      : finished(placeSteps(inner, POINT_LENGTHS));
    for (const node of nodes) {
      const place = node.kind === "hermiteSum" ? places.get(node.args[2])! : first + within.get(node)!;
      places.set(node, place);
    }
    first += inner.length > 0 ? within.get(inner[inner.length - 1])! + 1 : 1;
  }
  return places;
}

/** How many Hermite sums have to be there before each value. */
function levelsOf(order: readonly Expr[]): Map<Expr, number> {
  const levels = new Map<Expr, number>();
  for (const node of order) {
    const before = Math.max(0, ...node.args.map((arg) => levels.get(arg) ?? 0));
    levels.set(node, node.kind === "hermiteSum" ? (levels.get(node.args[2]) ?? 0) + 1 : before);
  }
  return levels;
}
