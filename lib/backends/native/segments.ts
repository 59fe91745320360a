/**
 * A map cut into segments: short loops over a strip of pairs, which a C compiler vectorises one by one.
 *
 * Short, because the steps of a layer wait for each other: a processor looks about 300 instructions ahead, and only a short
 * body lets it work on several iterations at once (twice as fast for three ReLU layers). A Hermite sum is a loop of its own
 * and ends the segment that computes its ρ. What one segment computes for later ones is kept in slots.
 */
import type { DType } from "../../array/dtype.ts";
import { approximations } from "../../expr/approximations/mod.ts";
import { type Expr, type HermiteOrder, variable, withArgs } from "../../expr/expr.ts";
import { topological } from "../../expr/graph.ts";
import { featureIndex } from "../../program.ts";

/** A Hermite sum between two segments. */
export interface Sum {
  /** The slot that it is kept in, and the one that holds ρ */
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

/** Operations a segment, of which a transcendental function counts for many. */
const LONGEST = 30;
const SHORTEST = 15;

/** The segments of a map in their order, and how many slots they share. */
export function segmentsOf(program: Readonly<Record<string, Expr>>, precision: DType): { segments: Segment[]; slots: number } {
  const map = expanded(program, precision);
  const roots = Object.values(map);
  const cheap = cheapNodes(roots);
  const order = ordered(roots, cheap);
  const places = placesOf(order);
  const slots = new Slots(lastReads(order, places, roots));
  const segments: Segment[] = Array.from(
    { length: Math.max(...roots.map((root) => placeOfOutput(root, places))) + 1 },
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
      if (slots.isReadAfter(node, place)) keep(node, place);
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

/** The map in primitive operations. */
function expanded(map: Readonly<Record<string, Expr>>, precision: DType): Record<string, Expr> {
  const made = new Map<Expr, Expr>();
  for (const node of topological(Object.values(map))) {
    const args = node.args.map((arg) => made.get(arg)!);
    const approximation = approximations.get(node.kind);
    made.set(node, approximation ? approximation(precision, ...args as [Expr, Expr]) : withArgs(node, args));
  }
  return Object.fromEntries(Object.entries(map).map(([name, root]) => [name, made.get(root)!]));
}

/** Values of the features alone: computed again wherever they are read. */
function cheapNodes(roots: readonly Expr[]): Set<Expr> {
  const cheap = new Set<Expr>();
  for (const node of topological(roots)) {
    const isFeature = node.kind === "variable" && featureIndex(node) !== undefined;
    const isCheap = node.args.length > 0 && node.kind !== "hermiteSum" && node.args.every((arg) => cheap.has(arg) || arg.kind === "const");
    if (isFeature || isCheap) cheap.add(node);
  }
  return cheap;
}

/** The other inner nodes, each after its arguments, of which the one that takes longest comes first: few values wait. */
function ordered(roots: readonly Expr[], cheap: ReadonlySet<Expr>): Expr[] {
  const heights = new Map<Expr, number>();
  for (const node of topological(roots)) {
    const isLeaf = cheap.has(node) || node.args.length === 0;
    heights.set(node, isLeaf ? 0 : 1 + Math.max(...node.args.map((arg) => heights.get(arg)!)));
  }
  const order: Expr[] = [];
  const seen = new Set<Expr>();
  const stack = roots.toSorted((a, b) => heights.get(a)! - heights.get(b)!);
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const missing = heights.get(node) === 0 || seen.has(node) ? [] : node.args.filter((arg) => !seen.has(arg) && heights.get(arg)! > 0);
    if (missing.length > 0) {
      stack.push(...missing.toSorted((a, b) => heights.get(a)! - heights.get(b)!));
      continue;
    }
    stack.pop();
    if (heights.get(node)! > 0 && !seen.has(node)) order.push(node);
    seen.add(node);
  }
  return order;
}

/** The segment of every node of `order`. */
function placesOf(order: readonly Expr[]): Map<Expr, number> {
  const waiting = waitingCounts(order);
  const places = new Map<Expr, number>();
  for (let start = 0, place = 0; start < order.length; place++) {
    const end = endOfSegment(order, start, waiting);
    for (; start < end; start++) places.set(order[start], place);
  }
  return places;
}

/** Where the segment that starts at `start` ends: where the fewest values are alive. */
function endOfSegment(order: readonly Expr[], start: number, waiting: readonly number[]): number {
  let limit = start + 1;
  const sums = new Set<Expr>();
  for (; limit < order.length && limit - start < LONGEST; limit++) {
    if (order[limit - 1].kind === "hermiteSum") sums.add(order[limit - 1]);
    if (order[limit].args.some((arg) => sums.has(arg))) break;
  }
  let best = limit;
  if (limit < order.length) for (let end = limit; end >= start + SHORTEST; end--) if (waiting[end] < waiting[best]) best = end;
  return best;
}

/** For every position of `order` how many values from before it are read from there on. */
function waitingCounts(order: readonly Expr[]): number[] {
  const last = new Map<Expr, number>();
  order.forEach((node, position) => node.args.forEach((arg) => last.set(arg, position)));
  const counts = new Array(order.length + 1).fill(0);
  order.forEach((node, position) => {
    for (let p = position + 1; p <= (last.get(node) ?? position); p++) counts[p]++;
  });
  return counts;
}

/** The segment at whose end an output is known. */
function placeOfOutput(root: Expr, places: ReadonlyMap<Expr, number>): number {
  return (places.get(root) ?? 0) + (root.kind === "hermiteSum" ? 1 : 0);
}

/** The last segment that reads each value. */
function lastReads(
  order: readonly Expr[],
  places: ReadonlyMap<Expr, number>,
  roots: readonly Expr[],
): Map<Expr, number> {
  const last = new Map<Expr, number>();
  for (const node of order) {
    for (const arg of node.args) last.set(arg, places.get(node)!);
  }
  for (const root of roots) last.set(root, Math.max(last.get(root) ?? 0, placeOfOutput(root, places)));
  return last;
}
