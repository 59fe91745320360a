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
  const slots = new Slots(lastReads(order, places, map));
  const segments: Segment[] = Array.from(
    { length: Math.max(...Object.values(map).map((root) => placeOfOutput(root, places))) + 1 },
    () => ({ slots: new Map(), outputs: {}, sums: [] }),
  );
  const made = new Map<Expr, Expr>();
  const read = (expr: Expr, place: number) => slots.read(expr, place) ?? made.get(expr) ?? expr;
  const keep = (expr: Expr, place: number) => {
    const { slot, fresh } = slots.keep(expr, place);
    if (fresh) segments[place].slots.set(slot, made.get(expr) ?? expr);
    return slot;
  };
  for (const node of order) {
    const place = places.get(node)!;
    if (node.kind === "hermiteSum") {
      const [a, b, rho] = node.args;
      const { order } = node.payload as HermiteOrder;
      segments[place].sums.push({ rho: keep(rho, place), slot: slots.keep(node, place).slot, order, a, b });
    } else {
      made.set(node, withArgs(node, node.args.map((arg) => read(arg, place))));
      if (slots.isReadAfter(node, place) && !isCheap(node)) keep(node, place);
    }
  }
  for (const [name, root] of Object.entries(map)) {
    const place = placeOfOutput(root, places);
    segments[place].outputs[name] = read(root, place);
  }
  return { segments, slots: slots.count };
}

/** Where values are kept between segments; a slot is used again when its value is no longer read. */
class Slots {
  readonly #lastReads: ReadonlyMap<Expr, number>;
  readonly #kept = new Map<Expr, { slot: number; place: number }>();
  readonly #busyUntil: number[] = [];

  constructor(lastReads: ReadonlyMap<Expr, number>) {
    this.#lastReads = lastReads;
  }
  get count(): number {
    return this.#busyUntil.length;
  }
  isReadAfter(value: Expr, place: number): boolean {
    return this.#lastReads.get(value)! > place;
  }
  /** The slot for a value of the segment at `place`; `fresh` when it had none. */
  keep(value: Expr, place: number): { slot: number; fresh: boolean } {
    const known = this.#kept.get(value);
    if (known) return { slot: known.slot, fresh: false };
    const free = this.#busyUntil.findIndex((last) => last < place);
    const slot = free < 0 ? this.#busyUntil.length : free;
    this.#busyUntil[slot] = Math.max(place, this.#lastReads.get(value)!);
    this.#kept.set(value, { slot, place });
    return { slot, fresh: true };
  }
  /** The variable that stands for the value after the segment that computed it. */
  read(value: Expr, place: number): Expr | undefined {
    const kept = this.#kept.get(value);
    return kept && kept.place < place ? variable(`v${kept.slot}`) : undefined;
  }
}

/** The inner nodes, those further from the leaves later: layer by layer, in whatever order the outputs are. */
function byHeight(roots: readonly Expr[]): Expr[] {
  const heights = new Map<Expr, number>();
  for (const node of topological(roots)) {
    heights.set(node, Math.max(-1, ...node.args.map((arg) => heights.get(arg)!)) + 1);
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

/** The segment at whose end an output is known. */
function placeOfOutput(root: Expr, places: ReadonlyMap<Expr, number>): number {
  return (places.get(root) ?? 0) + (root.kind === "hermiteSum" ? 1 : 0);
}

/** The last segment that reads each value. */
function lastReads(
  order: readonly Expr[],
  places: ReadonlyMap<Expr, number>,
  map: Readonly<Record<string, Expr>>,
): Map<Expr, number> {
  const last = new Map<Expr, number>();
  for (const node of order) {
    for (const arg of node.args) last.set(arg, places.get(node)!);
  }
  for (const root of Object.values(map)) {
    last.set(root, Math.max(last.get(root) ?? 0, placeOfOutput(root, places)));
  }
  return last;
}

/** A value of leaves alone is computed again rather than kept. */
const isCheap = (node: Expr): boolean => node.args.every((arg) => arg.args.length === 0);
