/**
 * A map cut into segments: straight-line pieces that a C compiler vectorises one by one.
 *
 * A Hermite sum is a loop over coefficients of its own, so it ends the segment that computes its ρ; and compilers take more than
 * linear time for long pieces, so deep networks are cut too. What one segment computes for later ones is stored in slots.
 */
import { approximations } from "../../expr/approximations/mod.ts";
import { type Expr, type HermiteOrder, variable, withArgs } from "../../expr/expr.ts";
import { topological } from "../../expr/graph.ts";

/** A Hermite sum between two segments. */
export interface Sum {
  /** The slot that it is stored in, and the one that holds ρ */
  readonly slot: number;
  readonly rho: number;
  readonly order: number;
  /** The features that hold the coefficients of both rows */
  readonly a: Expr;
  readonly b: Expr;
}

/** A piece of the map; the variable `v3` in its expressions is what slot 3 holds. */
export interface Segment {
  readonly slots: Map<number, Expr>;
  readonly outputs: Record<string, Expr>;
  /** Computed after it */
  readonly sums: Sum[];
}

/** Operations a segment, and how many a transcendental function counts for. */
const LONGEST = 200;
const APPROXIMATION = 40;

/** The segments of a map in their order, and how many slots they share. */
export function segmentsOf(map: Readonly<Record<string, Expr>>): { segments: Segment[]; slots: number } {
  const order = byHeight(Object.values(map));
  const places = placesOf(order);
  const slots = slotsOf(order, places, map);
  const segments: Segment[] = [];
  const segment = (place: number) => segments[place] ??= { slots: new Map(), outputs: {}, sums: [] };
  const made = new Map<Expr, Expr>();
  const read = (expr: Expr, place: number) =>
    slots.has(expr) && places.get(expr)! < place ? variable(`v${slots.get(expr)}`) : made.get(expr) ?? expr;
  for (const node of order) {
    const place = places.get(node)!;
    if (node.kind === "hermiteSum") {
      const [a, b, rho] = node.args;
      if (!places.has(rho)) segment(place).slots.set(slots.get(rho)!, rho);
      const { order } = node.payload as HermiteOrder;
      segment(place).sums.push({ slot: slots.get(node)!, rho: slots.get(rho)!, order, a, b });
    } else {
      made.set(node, withArgs(node, node.args.map((arg) => read(arg, place))));
      if (slots.has(node)) segment(place).slots.set(slots.get(node)!, made.get(node)!);
    }
  }
  for (const [name, root] of Object.entries(map)) {
    const place = placeOfOutput(root, places);
    segment(place).outputs[name] = read(root, place);
  }
  return {
    segments: Array.from(segments, (_, place) => segment(place)),
    slots: Math.max(-1, ...slots.values()) + 1,
  };
}

/** The inner nodes, those that are further from the leaves later: layer by layer, whatever order the outputs have. */
function byHeight(roots: readonly Expr[]): Expr[] {
  const heights = new Map<Expr, number>();
  for (const node of topological(roots)) {
    heights.set(node, node.args.length === 0 ? 0 : 1 + Math.max(...node.args.map((arg) => heights.get(arg)!)));
  }
  const inner = [...heights.keys()].filter((node) => node.args.length > 0);
  return inner.sort((a, b) => heights.get(a)! - heights.get(b)!);
}

/** The segment of every inner node. */
function placesOf(order: readonly Expr[]): Map<Expr, number> {
  const places = new Map<Expr, number>();
  let place = 0;
  let size = 0;
  for (const node of order) {
    const waits = node.args.some((arg) => arg.kind === "hermiteSum" && places.get(arg) === place);
    if (waits || size > LONGEST) {
      place++;
      size = 0;
    }
    places.set(node, place);
    size += approximations.has(node.kind) ? APPROXIMATION : 1;
  }
  return places;
}

function placeOfOutput(root: Expr, places: ReadonlyMap<Expr, number>): number {
  return (places.get(root) ?? 0) + (root.kind === "hermiteSum" ? 1 : 0);
}

/** The slot of every value that is needed outside of its segment; a slot is used again when its value is no longer needed. */
function slotsOf(
  order: readonly Expr[],
  places: ReadonlyMap<Expr, number>,
  map: Readonly<Record<string, Expr>>,
): Map<Expr, number> {
  const lastRead = new Map<Expr, number>();
  for (const node of order) { for (const arg of node.args) lastRead.set(arg, places.get(node)!); }
  for (const root of Object.values(map)) {
    lastRead.set(root, Math.max(lastRead.get(root) ?? 0, placeOfOutput(root, places)));
  }
  const slots = new Map<Expr, number>();
  const busyUntil: number[] = [];
  const assign = (value: Expr, place: number) => {
    if (slots.has(value)) return;
    const free = busyUntil.findIndex((last) => last < place);
    const slot = free < 0 ? busyUntil.length : free;
    busyUntil[slot] = lastRead.get(value)!;
    slots.set(value, slot);
  };
  for (const node of order) {
    const place = places.get(node)!;
    if (node.kind === "hermiteSum") {
      if (!places.has(node.args[2])) assign(node.args[2], place);
      assign(node, place);
    } else if (isStored(node))
  }
  return slots;
}
