/**
 * A map cut at its Hermite sums, which are loops of their own, and where it is long: what a piece computes for later ones is kept in
 * slots.
 */
import { type Expr, type HermiteOrder, variable, withArgs } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { truthValued } from "../../../expr/ops.ts";
import { ordered, placesOf } from "./schedule.ts";
import { POINT_LENGTHS, WHOLE } from "../budget.ts";
import { Slots } from "./slots.ts";

/** A Hermite sum after a piece. */
export interface Sum {
  readonly order: number;
  /** The features that hold the coefficients of both inputs */
  readonly a: Expr;
  readonly b: Expr;
  /** The slots of ρ and of the sum */
  readonly rho: number;
  readonly to: number;
}

/** A piece; the variable `slot3` in its expressions is what slot 3 holds. */
export interface Piece {
  readonly slots: ReadonlyMap<number, Expr>;
  readonly outputs: Readonly<Record<string, Expr>>;
  readonly sums: readonly Sum[];
}

/** What leaves are: those that differ from point to point, and those that are computed, which are kept like operations. */
export interface Leaves {
  readonly isSource: (leaf: Expr) => boolean;
  readonly isComputed: (leaf: Expr) => boolean;
}

/** The pieces of a map in their order, and how many slots they share. */
export function piecesOf(
  map: Readonly<Record<string, Expr>>,
  { isSource, isComputed }: Leaves = { isSource: () => true, isComputed: () => false },
): { pieces: Piece[]; slots: number } {
  const roots = Object.values(map);
  const rhos = new Set(
    topological(roots).flatMap(({ kind, args }) => kind === "hermiteSum" ? [args[2]] : []),
  );
  const isListed = (node: Expr) => node.args.length > 0 || rhos.has(node) || isComputed(node);
  const order = ordered(roots, { isListed, isSource });
  const places = placesOfPieces(order);
  const last = Math.max(0, ...Object.values(map).map((root) => places.get(root) ?? 0));
  const { kept, count } = keptValues(order, places, map);
  const made = new Map<Expr, Expr>();
  const read = (node: Expr, place: number) =>
    kept.has(node) && (node.kind === "hermiteSum" || places.get(node)! < place)
      ? variable(`slot${kept.get(node)!}`)
      : made.get(node) ?? node;
  const pieces = Array.from({ length: last + 1 }, () => ({
    slots: new Map<number, Expr>(),
    outputs: {} as Record<string, Expr>,
    sums: [] as Sum[],
  }));
  for (const node of order) {
    const place = places.get(node)!;
    if (node.kind === "hermiteSum") {
      pieces[place - 1].sums.push(sumOf(node, kept));
      continue;
    }
    const value = withArgs(node, node.args.map((arg) => read(arg, place)));
    made.set(node, value);
    if (kept.has(node)) pieces[place].slots.set(kept.get(node)!, asNumber(value));
  }
  for (const [name, root] of Object.entries(map)) {
    const place = places.get(root) ?? 0;
    pieces[place].outputs[name] = read(root, place);
  }
  return { pieces, slots: count };
}

/** Truth values are kept as 1 and 0. */
const asNumber = (node: Expr) => truthValued.has(node.kind) ? node.select(1, 0) : node;

function sumOf(node: Expr, slots: ReadonlyMap<Expr, number>): Sum {
  const [a, b, rho] = node.args;
  const { order } = node.payload as HermiteOrder;
  return { order, a, b, rho: slots.get(rho)!, to: slots.get(node)! };
}

/** The piece that each value is computed in; the one after its ρ for a Hermite sum, as that is the first which can read it. */
function placesOfPieces(order: readonly Expr[]): Map<Expr, number> {
  const levels = levelsOf(order);
  const byLevel: Expr[][] = [];
  for (const node of order) (byLevel[levels.get(node)!] ??= []).push(node);
  const places = new Map<Expr, number>();
  let first = 0;
  for (const nodes of byLevel) {
    const inner = nodes.filter(({ kind }) => kind !== "hermiteSum");
    const own = order.length <= WHOLE
      ? new Map(inner.map((node) => [node, 0]))
      : placesOf(inner, POINT_LENGTHS);
    for (const node of nodes) {
      const place = node.kind === "hermiteSum" ? places.get(node.args[2])! + 1 : first + own.get(node)!;
      places.set(node, place);
    }
    first += inner.length > 0 ? own.get(inner[inner.length - 1])! + 1 : 1;
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

/** The slots of sums, of their ρ, and of values that later pieces read, and how many slots that takes. */
function keptValues(
  order: readonly Expr[],
  places: ReadonlyMap<Expr, number>,
  map: Readonly<Record<string, Expr>>,
): { kept: Map<Expr, number>; count: number } {
  const values = new Set<Expr>();
  for (const node of order) {
    if (node.kind === "hermiteSum") [node.args[2], node].forEach((value) => values.add(value));
    else {
      const isEarlier = (arg: Expr) => places.has(arg) && places.get(arg)! < places.get(node)!;
      node.args.filter(isEarlier).forEach((value) => values.add(value));
    }
  }
  const reads = lastReads(order, places, map);
  const slots = new Slots();
  const made = [...values].map((value) => [value, placeOf(value, places)] as const);
  const kept = new Map(
    made.toSorted(([, a], [, b]) => a - b).map((
      [value, place],
    ) => [value, slots.take(place, reads.get(value)!)]),
  );
  return { kept, count: slots.count };
}

/** The piece that a value is computed in, or after it if it is a sum. */
const placeOf = (node: Expr, places: ReadonlyMap<Expr, number>): number =>
  places.get(node)! - Number(node.kind === "hermiteSum");

/** The last piece that reads each value. */
function lastReads(
  order: readonly Expr[],
  places: ReadonlyMap<Expr, number>,
  map: Readonly<Record<string, Expr>>,
): Map<Expr, number> {
  const last = new Map<Expr, number>();
  const note = (node: Expr, piece: number) => last.set(node, Math.max(piece, last.get(node) ?? 0));
  for (const node of order) for (const arg of node.args) note(arg, placeOf(node, places));
  for (const root of Object.values(map)) note(root, places.get(root) ?? 0);
  return last;
}
