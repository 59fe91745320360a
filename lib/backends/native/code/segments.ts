/** A map cut into segments: short loops over a strip of pairs, which a C compiler vectorises one by one. */
import { type Expr, type HermiteOrder, variable, withArgs } from "../../../expr/expr.ts";
import { forEach, type Steps } from "../../../steps.ts";
import { scheduleSteps } from "./schedule.ts";
import { Slots } from "./slots.ts";

/** A Hermite sum between two segments: a loop over coefficients of its own. */
export interface Sum {
  /** The slot that it is kept in, and the one that holds ρ */
  readonly slot: number;
  readonly rho: number;
  readonly order: number;
  /** The features that hold the coefficients of both rows */
  readonly a: Expr;
  readonly b: Expr;
}

/** A segment; what it computes for later ones is kept in slots, and the variable `v3` is what slot 3 holds. */
export interface Segment {
  readonly slots: Map<number, Expr>;
  readonly outputs: Record<string, Expr>;
  /** Computed after it */
  readonly sums: Sum[];
}

/** The segments of a map in their order, and how many slots they share. */
export function* segmentSteps(
  map: Readonly<Record<string, Expr>>,
): Steps<{ segments: Segment[]; slots: number }> {
  const { order, places } = yield* scheduleSteps(Object.values(map));
  const cutter = new Cutter(places, lastReads(map, order, places));
  yield* forEach(order, (node) => {
    if (node.kind === "hermiteSum") cutter.addSum(node);
    else cutter.add(node);
  });
  for (const [name, root] of Object.entries(map)) cutter.addOutput(name, root);
  return { segments: cutter.segments, slots: cutter.slots.count };
}

/** Puts every operation into its segment. */
class Cutter {
  readonly segments: Segment[] = [];
  readonly slots = new Slots();
  readonly #places: ReadonlyMap<Expr, number>;
  readonly #lastReads: ReadonlyMap<Expr, number>;
  /** Values that are kept: their slots, and the segments that make them */
  readonly #kept = new Map<Expr, { slot: number; place: number }>();
  /** Operations on what their segments know: values of the same segment, leaves and slots */
  readonly #made = new Map<Expr, Expr>();

  constructor(places: ReadonlyMap<Expr, number>, lastReads: ReadonlyMap<Expr, number>) {
    this.#places = places;
    this.#lastReads = lastReads;
    let last = 0;
    for (const place of places.values()) last = Math.max(last, place);
    for (let place = 0; place <= last; place++) this.#segment(place);
  }

  add(node: Expr): void {
    const place = this.#places.get(node)!;
    this.#made.set(node, withArgs(node, node.args.map((arg) => this.#read(arg, place))));
    if (this.#lastReads.get(node)! > place) this.#keep(node, place);
  }

  addSum(node: Expr): void {
    const place = this.#places.get(node)!;
    const [a, b, argument] = node.args;
    const { order } = node.payload as HermiteOrder;
    const rho = this.#keep(argument, place);
    this.#segment(place).sums.push({ slot: this.#take(node, place), rho, order, a, b });
  }

  addOutput(name: string, root: Expr): void {
    const place = placeOfOutput(root, this.#places);
    this.#segment(place).outputs[name] = this.#read(root, place);
  }

  #segment(place: number): Segment {
    return this.segments[place] ??= { slots: new Map(), outputs: {}, sums: [] };
  }

  /** What stands for a value in a segment: after the one that makes it, its slot. */
  #read(value: Expr, place: number): Expr {
    const kept = this.#kept.get(value);
    if (kept && kept.place < place) return variable(`v${kept.slot}`);
    return this.#made.get(value) ?? value;
  }

  /** The slot of a value that the segment at `place` knows. */
  #keep(value: Expr, place: number): number {
    const known = this.#kept.get(value);
    if (known) return known.slot;
    const slot = this.#take(value, place);
    this.#segment(place).slots.set(slot, this.#made.get(value) ?? value);
    return slot;
  }

  #take(value: Expr, place: number): number {
    const slot = this.slots.take(place, this.#lastReads.get(value)!);
    this.#kept.set(value, { slot, place });
    return slot;
  }
}

/** The last segment that reads each value. */
function lastReads(
  map: Readonly<Record<string, Expr>>,
  order: readonly Expr[],
  places: ReadonlyMap<Expr, number>,
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

/** The segment that knows an output; a Hermite sum is known after the segment of its ρ. */
function placeOfOutput(root: Expr, places: ReadonlyMap<Expr, number>): number {
  return (places.get(root) ?? 0) + (root.kind === "hermiteSum" ? 1 : 0);
}
