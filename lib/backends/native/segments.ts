/** A map cut into segments: short loops over a strip of pairs, which a C compiler vectorises one by one. */
import { type Expr, type HermiteOrder, variable, withArgs } from "../../expr/expr.ts";
import { scheduleOf } from "./schedule.ts";

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
export function segmentsOf(map: Readonly<Record<string, Expr>>): { segments: Segment[]; slots: number } {
  const { order, places } = scheduleOf(Object.values(map));
  const slots = new Slots(lastReads(map, order, places));
  const cutter = new Cutter(places, slots);
  for (const node of order) {
    if (node.kind === "hermiteSum") cutter.addSum(node);
    else cutter.add(node);
  }
  for (const [name, root] of Object.entries(map)) cutter.addOutput(name, root);
  return { segments: cutter.segments, slots: slots.count };
}

/** Puts every operation into its segment. */
class Cutter {
  readonly segments: Segment[] = [];
  readonly #places: ReadonlyMap<Expr, number>;
  readonly #slots: Slots;
  /** Operations on what their segments know: values of the same segment, leaves and slots */
  readonly #made = new Map<Expr, Expr>();

  constructor(places: ReadonlyMap<Expr, number>, slots: Slots) {
    this.#places = places;
    this.#slots = slots;
    const last = Math.max(0, ...places.values());
    for (let place = 0; place <= last; place++) this.#segment(place);
  }

  add(node: Expr): void {
    const place = this.#places.get(node)!;
    this.#made.set(node, withArgs(node, node.args.map((arg) => this.#read(arg, place))));
    if (this.#slots.isReadAfter(node, place)) this.#keep(node, place);
  }

  addSum(node: Expr): void {
    const place = this.#places.get(node)!;
    const [a, b, argument] = node.args;
    const { order } = node.payload as HermiteOrder;
    const rho = this.#keep(argument, place);
    this.#segment(place).sums.push({ slot: this.#slots.keep(node, place).slot, rho, order, a, b });
  }

  addOutput(name: string, root: Expr): void {
    const place = placeOfOutput(root, this.#places);
    this.#segment(place).outputs[name] = this.#read(root, place);
  }

  #segment(place: number): Segment {
    return this.segments[place] ??= { slots: new Map(), outputs: {}, sums: [] };
  }

  #read(value: Expr, place: number): Expr {
    return this.#slots.read(value, place) ?? this.#made.get(value) ?? value;
  }

  #keep(value: Expr, place: number): number {
    const { slot, fresh } = this.#slots.keep(value, place);
    if (fresh) this.#segment(place).slots.set(slot, this.#made.get(value) ?? value);
    return slot;
  }
}

/** Where values are kept; a slot is used again when its value is no longer read. */
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

  /** The slot for a value that the segment at `place` has; `fresh` when it had none. */
  keep(value: Expr, place: number): { slot: number; fresh: boolean } {
    const known = this.#kept.get(value);
    if (known) return { slot: known.slot, fresh: false };
    const free = this.#busyUntil.findIndex((last) => last < place);
    const slot = free < 0 ? this.#busyUntil.length : free;
    this.#busyUntil[slot] = this.#lastReads.get(value)!;
    this.#kept.set(value, { slot, place });
    return { slot, fresh: true };
  }

  /** The variable that stands for the value after the segment that kept it. */
  read(value: Expr, place: number): Expr | undefined {
    const kept = this.#kept.get(value);
    return kept && kept.place < place ? variable(`v${kept.slot}`) : undefined;
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
