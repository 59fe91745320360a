/**
 * A map cut into pieces: short stretches of straight-line code, with a Hermite sum, a loop of its own, after those that compute its ρ.
 *
 * In: the expressions of a map, in primitive operations. Out: its pieces in order; what one computes for later ones is kept in slots,
 * numbered memory that is used again after the last piece that reads it. The steps are: an *order* of all operations in which few
 * values wait; the *place* of each, which is the number of its piece; and the cut. A map x·y + √(x·y) cut after its product is
 *
 *     piece 0: slots 0 = x·y          piece 1: outputs nngp = slot0 + √slot0
 *
 * It is done for loops over a strip of pairs (strips.ts) by `stripPieces`, and for those over points (points.ts, rows.ts) by
 * `pointPieces`, which keeps what it can in one piece.
 */
import { type Expr, type HermiteOrder, variable, withArgs } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { featureIndex } from "../../../program/entrywise.ts";
import { finished, forEach, STEP, type Steps } from "../../../steps.ts";
import { BAND, CHEAP, type Lengths, POINT_LENGTHS, STRIP_LENGTHS, WHOLE } from "../budget.ts";

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
  readonly slots: Map<number, Expr>;
  readonly outputs: Record<string, Expr>;
  /** Computed after it */
  readonly sums: Sum[];
}

/** The pieces of a map in their order, and how many slots they share. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly slots: number;
}

/** Expressions by name. */
type Roots = Readonly<Record<string, Expr>>;
/** Numbers of pieces. */
type Places = ReadonlyMap<Expr, number>;

/** The pieces of a map over a strip of pairs, in steps: short, and what costs little is computed again in each. */
export function* stripPieces(map: Roots): Steps<Pieces> {
  const roots = Object.values(map);
  const cheap = cheapNodes(roots);
  yield;
  const order = yield* orderSteps(roots, {
    isListed: (node) => node.args.length > 0 && !cheap.has(node),
    isSource: (leaf) => featureIndex(leaf) === undefined,
  });
  return yield* cutSteps(map, order, placesOf(order, STRIP_LENGTHS));
}

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

// The order

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
function* orderSteps(roots: readonly Expr[], traits: Traits): Steps<Expr[]> {
  const heights = heightsOf(roots, traits);
  yield;
  const order = new Set<Expr>();
  // Depth first, and of a node the argument on top of most others first: its value is there when the others are computed.
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

// The places

/** The piece that each of the operations belongs to, which follow each other in this order. */
function placesOf(order: readonly Expr[], lengths: Lengths): Map<Expr, number> {
  const waiting = waitingCounts(order);
  const places = new Map<Expr, number>();
  for (let start = 0, place = 0; start < order.length; place++) {
    const end = endOfPiece(order, start, waiting, lengths);
    for (; start < end; start++) places.set(order[start], place);
  }
  return places;
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
  // Of the places that leave the piece long enough the one where the fewest values wait.
  let best = end;
  for (let other = start + shortest; other < end; other++) if (waiting[other] < waiting[best]) best = other;
  return best;
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
      : placesOf(inner, POINT_LENGTHS);
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

// The cut

/** Expressions piece by piece; `order` has those of earlier pieces first. */
function* cutSteps(map: Roots, order: readonly Expr[], places: Places): Steps<Pieces> {
  const cutter = new Cutter(places, lastReads(map, order, places));
  yield* forEach(order, (node) => {
    if (node.kind === "hermiteSum") cutter.addSum(node);
    else cutter.add(node);
  });
  for (const [name, root] of Object.entries(map)) cutter.addOutput(name, root);
  return { pieces: cutter.pieces, slots: cutter.slots.count };
}

/** Puts every operation into its piece. */
class Cutter {
  readonly pieces: Piece[] = [];
  readonly slots = new Slots();
  readonly #places: Places;
  readonly #lastReads: Places;
  /** Values that are kept: their slots, and the pieces that make them */
  readonly #kept = new Map<Expr, { slot: number; place: number }>();
  /** Operations on what their pieces know: values of the same piece, leaves and slots */
  readonly #made = new Map<Expr, Expr>();

  constructor(places: Places, lastReads: Places) {
    this.#places = places;
    this.#lastReads = lastReads;
    let last = 0;
    for (const place of places.values()) last = Math.max(last, place);
    for (let place = 0; place <= last; place++) this.#piece(place);
  }

  /** An operation. */
  add(node: Expr): void {
    const place = this.#places.get(node)!;
    this.#made.set(node, withArgs(node, node.args.map((arg) => this.#read(arg, place))));
    if (this.#lastReads.get(node)! > place) this.#keep(node, place);
  }

  /** A Hermite sum, after the piece that knows its ρ. */
  addSum(node: Expr): void {
    const place = this.#places.get(node)!;
    const [a, b, argument] = node.args;
    const { order } = node.payload as HermiteOrder;
    const rho = this.#keep(argument, place);
    this.#piece(place).sums.push({ order, a, b, rho, to: this.#take(node, place) });
  }

  /** A root of the map. */
  addOutput(name: string, root: Expr): void {
    const place = placeOfOutput(root, this.#places);
    this.#piece(place).outputs[name] = this.#read(root, place);
  }

  /** The piece of a number. */
  #piece(place: number): Piece {
    return this.pieces[place] ??= { slots: new Map(), outputs: {}, sums: [] };
  }

  /** What stands for a value in a piece: after the one that makes it, its slot. */
  #read(value: Expr, place: number): Expr {
    const kept = this.#kept.get(value);
    if (kept && kept.place < place) return variable(`slot${kept.slot}`);
    return this.#made.get(value) ?? value;
  }

  /** The slot of a value that the piece at `place` knows. */
  #keep(value: Expr, place: number): number {
    const known = this.#kept.get(value);
    if (known) return known.slot;
    const slot = this.#take(value, place);
    this.#piece(place).slots.set(slot, this.#made.get(value) ?? value);
    return slot;
  }

  /** A slot for a value until it is read for the last time. */
  #take(value: Expr, place: number): number {
    const slot = this.slots.take(place, this.#lastReads.get(value)!);
    this.#kept.set(value, { slot, place });
    return slot;
  }
}

/** The last piece that reads each value. */
function lastReads(
  map: Roots,
  order: readonly Expr[],
  places: Places,
): Map<Expr, number> {
  const last = new Map<Expr, number>();
  for (const node of order) {
    // The coefficients of a Hermite sum are features, which wait nowhere.
    const read = node.kind === "hermiteSum" ? [node.args[2]] : node.args;
    for (const arg of read) last.set(arg, places.get(node)!);
  }
  for (const root of Object.values(map)) {
    last.set(root, Math.max(last.get(root) ?? 0, placeOfOutput(root, places)));
  }
  return last;
}

/** The piece that knows an output; a Hermite sum is known after the piece of its ρ. */
function placeOfOutput(root: Expr, places: Places): number {
  return (places.get(root) ?? 0) + (root.kind === "hermiteSum" ? 1 : 0);
}

/** Where values are kept between pieces. */
class Slots {
  readonly #lastReads: number[] = [];

  /** How many there are. */
  get count(): number {
    return this.#lastReads.length;
  }

  /** The slot of a value that piece `made` makes and piece `lastRead` is the last to read; after that it is used again. */
  take(made: number, lastRead: number): number {
    const free = this.#lastReads.findIndex((last) => last < made);
    const slot = free < 0 ? this.#lastReads.length : free;
    this.#lastReads[slot] = lastRead;
    return slot;
  }
}
