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
export function segmentsOf(
  map: Readonly<Record<string, Expr>>,
): { segments: Segment[]; slots: number } {
  const { order, places } = scheduleOf(Object.values(map));
  const slots = new Slots(lastReads(map, order, places));
  const segments: Segment[] = [];
  const segment = (place: number) => segments[place] ??= { slots: new Map(), outputs: {}, sums: [] };
  const made = new Map<Expr, Expr>();
  const read = (expr: Expr, place: number) => slots.read(expr, place) ?? made.get(expr) ?? expr;
  const keep = (expr: Expr, place: number): number => {
    const { slot, fresh } = slots.keep(expr, place);
    if (fresh) segment(place).slots.set(slot, made.get(expr) ?? expr);
    return slot;
  };
  for (const node of order) {
    const place = places.get(node)!;
    if (node.kind === "hermiteSum") {
      const [a, b, rho] = node.args;
      const { order } = node.payload as HermiteOrder;
      segment(place).sums.push({ rho: keep(rho, place), slot: slots.keep(node, place).slot, order, a, b });
    } else {
      made.set(node, withArgs(node, node.args.map((arg) => read(arg, place))));
      if (slots.isReadAfter(node, place)) keep(node, place);
    }
  }
  for (const [name, root] of Object.entries(map)) {
    const place = placeOfOutput(root, places);
    segment(place).outputs[name] = read(root, place);
  }
  return { segments: Array.from(segments, (_, place) => segment(place)), slots: slots.count };
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
