/** A map cut at its Hermite sums, which are loops of their own: what a piece computes for later ones is kept in slots. */
import { type Expr, type HermiteOrder, variable, withArgs } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { truthValued } from "../../../expr/ops.ts";
import { Slots } from "../slots.ts";

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

/** The pieces of a map in their order, and how many slots they share. */
export function piecesOf(map: Readonly<Record<string, Expr>>): { pieces: Piece[]; slots: number } {
  const order = topological(Object.values(map));
  const levels = levelsOf(order);
  const last = Math.max(0, ...Object.values(map).map((root) => levels.get(root)!));
  const { kept, count } = keptValues(order, levels, map);
  const slotOf = (node: Expr) => kept.get(node)!;
  const made = new Map<Expr, Expr>();
  const read = (node: Expr, level: number) =>
    kept.has(node) && (node.kind === "hermiteSum" || levels.get(node)! < level)
      ? variable(`slot${slotOf(node)}`)
      : made.get(node) ?? node;
  for (const node of order) {
    if (node.kind === "hermiteSum") continue;
    made.set(node, withArgs(node, node.args.map((arg) => read(arg, levels.get(node)!))));
  }
  const pieces = Array.from({ length: last + 1 }, (_, level): Piece => ({
    slots: new Map(
      [...kept].filter(([node]) => node.kind !== "hermiteSum" && levels.get(node) === level)
        .map(([node, slot]) => [slot, asNumber(made.get(node)!)]),
    ),
    outputs: Object.fromEntries(
      Object.entries(map).filter(([, root]) => levels.get(root) === level)
        .map(([name, root]) => [name, read(root, level)]),
    ),
    sums: order.filter((node) => node.kind === "hermiteSum" && levels.get(node) === level + 1)
      .map((node) => sumOf(node, slotOf)),
  }));
  return { pieces, slots: count };
}

/** Truth values are kept as 1 and 0. */
const asNumber = (node: Expr) => truthValued.has(node.kind) ? node.select(1, 0) : node;

function sumOf(node: Expr, slotOf: (node: Expr) => number): Sum {
  const [a, b, rho] = node.args;
  return { order: (node.payload as HermiteOrder).order, a, b, rho: slotOf(rho), to: slotOf(node) };
}

/** How many Hermite sums have to be there before each value. */
function levelsOf(order: readonly Expr[]): Map<Expr, number> {
  const levels = new Map<Expr, number>();
  for (const node of order) {
    const before = Math.max(0, ...node.args.map((arg) => levels.get(arg)!));
    levels.set(node, node.kind === "hermiteSum" ? levels.get(node.args[2])! + 1 : before);
  }
  return levels;
}

/** The slots of sums, of their ρ, and of inner values that later pieces read, and how many slots that takes. */
function keptValues(
  order: readonly Expr[],
  levels: ReadonlyMap<Expr, number>,
  map: Readonly<Record<string, Expr>>,
): { kept: Map<Expr, number>; count: number } {
  const values = new Set<Expr>();
  for (const node of order) {
    if (node.kind === "hermiteSum") [node.args[2], node].forEach((value) => values.add(value));
    else {
      const earlier = (arg: Expr) => arg.args.length > 0 && levels.get(arg)! < levels.get(node)!;
      node.args.filter(earlier).forEach((value) => values.add(value));
    }
  }
  const reads = lastReads(order, levels, map);
  const slots = new Slots();
  const made = [...values].map((value) => [value, placeOf(value, levels)] as const);
  const kept = new Map(
    made.toSorted(([, a], [, b]) => a - b).map((
      [value, place],
    ) => [value, slots.take(place, reads.get(value)!)]),
  );
  return { kept, count: slots.count };
}

/** The piece that a value is computed in, or after it if it is a sum. */
const placeOf = (node: Expr, levels: ReadonlyMap<Expr, number>): number =>
  levels.get(node)! - Number(node.kind === "hermiteSum");

/** The last piece that reads each value. */
function lastReads(
  order: readonly Expr[],
  levels: ReadonlyMap<Expr, number>,
  map: Readonly<Record<string, Expr>>,
): Map<Expr, number> {
  const last = new Map<Expr, number>();
  const note = (node: Expr, piece: number) => last.set(node, Math.max(piece, last.get(node) ?? 0));
  for (const node of order) for (const arg of node.args) note(arg, placeOf(node, levels));
  for (const root of Object.values(map)) note(root, levels.get(root)!);
  return last;
}
