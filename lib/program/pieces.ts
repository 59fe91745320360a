/**
 * A map cut into pieces: short stretches of straight-line code, with a Hermite sum, a loop of its own, after those that compute its ρ.
 *
 * In: the expressions of a map. Out: its pieces in order; what one computes for later ones is kept in slots, numbered memory that is
 * used again after the last piece that reads it. The steps are: an *order* of all operations in which few values wait; the *place* of
 * each, which is the number of its piece; and the cut. A map x·y + √(x·y) cut after its product is
 *
 *     piece 0: slots 0 = x·y          piece 1: outputs nngp = slot0 + √slot0
 *
 * Backends say which operations are listed, and where to cut: native/code/strips.ts and point_pieces.ts for functions in C,
 * reference/vector_map.ts for those in JavaScript.
 */
import { type Expr, type HermiteOrder, variable, withArgs } from "../expr/expr.ts";
import { topologicalSteps } from "../expr/graph.ts";
import { forEach, STEP, type Steps } from "../steps.ts";

/** Operations between two cuts, and at least. */
export interface Lengths {
  readonly longest: number;
  readonly shortest: number;
}

/**
 * Operations on top of each other of which all are computed before those above them. Where the NNGPs of all layers came first, the
 * NTKs would have them all wait: slots, which native code has on the stack of a thread, would be as many as layers.
 */
const BAND = 256;

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
export type Roots = Readonly<Record<string, Expr>>;
/** Numbers of pieces. */
export type Places = ReadonlyMap<Expr, number>;

// The order

/** Which nodes are computed and put in an order, and which variables differ from point to point. */
export interface Traits {
  readonly isListed: (node: Expr) => boolean;
  readonly isSource: (leaf: Expr) => boolean;
}

/** The nodes that are computed; of the arguments of a node the one that takes longest comes first, so that few values wait. */
export function* orderSteps(roots: readonly Expr[], traits: Traits): Steps<Expr[]> {
  const heights = yield* heightsOf(roots, traits);
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
  const bands = yield* bandsOf([...order], heights, traits);
  return [...order].sort((a, b) => bands.get(a)! - bands.get(b)!);
}

/** How many listed nodes each node is on top of, itself among them. */
function* heightsOf(roots: readonly Expr[], { isListed }: Traits): Steps<Map<Expr, number>> {
  const heights = new Map<Expr, number>();
  yield* forEach(yield* topologicalSteps(roots), (node) => {
    const below = node.args.reduce((most, arg) => Math.max(most, heights.get(arg)!), 0);
    heights.set(node, isListed(node) ? 1 + below : 0);
  });
  return heights;
}

/** The band of each node; that of its first reader if no variable of the points is below it, so that it does not wait. */
function* bandsOf(
  order: readonly Expr[],
  heights: ReadonlyMap<Expr, number>,
  { isSource }: Traits,
): Steps<Map<Expr, number>> {
  const ofPoints = new Set<Expr>();
  const bands = new Map<Expr, number>();
  const first = new Map<Expr, number>();
  yield* forEach(order, (node) => {
    const moves = node.args.some((arg) => ofPoints.has(arg) || arg.kind === "variable" && isSource(arg));
    if (!moves) return;
    ofPoints.add(node);
    bands.set(node, Math.floor(heights.get(node)! / BAND));
  });
  yield* forEach(order.toReversed(), (node) => {
    const band = bands.get(node) ?? first.get(node) ?? 0;
    bands.set(node, band);
    for (const arg of node.args) first.set(arg, Math.min(band, first.get(arg) ?? Infinity));
  });
  return bands;
}

// The places

/** The piece that each of the operations belongs to, which follow each other in this order. */
export function* placeSteps(order: readonly Expr[], lengths: Lengths): Steps<Map<Expr, number>> {
  const waiting = yield* waitingCounts(order);
  const places = new Map<Expr, number>();
  for (let start = 0, place = 0; start < order.length; place++) {
    const end = endOfPiece(order, start, waiting, lengths);
    for (; start < end; start++) places.set(order[start], place);
    yield;
  }
  return places;
}

/** For every position how many values from before it are read from there on. */
function* waitingCounts(order: readonly Expr[]): Steps<number[]> {
  const lastReads = new Map<Expr, number>();
  yield* forEach(order.entries(), ([position, { args }]) => {
    for (const arg of args) lastReads.set(arg, position);
  });
  const counts = new Array<number>(order.length + 2).fill(0);
  yield* forEach(order.entries(), ([position, node]) => {
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

// The cut

/** Expressions piece by piece; `order` has those of earlier pieces first. */
export function* cutSteps(map: Roots, order: readonly Expr[], places: Places): Steps<Pieces> {
  const cutter = new Cutter(places, yield* lastReads(map, order, places));
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
function* lastReads(
  map: Roots,
  order: readonly Expr[],
  places: Places,
): Steps<Map<Expr, number>> {
  const last = new Map<Expr, number>();
  yield* forEach(order, (node) => {
    // The coefficients of a Hermite sum are features, which wait nowhere.
    const read = node.kind === "hermiteSum" ? [node.args[2]] : node.args;
    for (const arg of read) last.set(arg, places.get(node)!);
  });
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
