/**
 * Chains: consecutive nodes that one dispatch computes, a workgroup for each pair of inputs and class of offsets.
 *
 * In: the nodes of a program from some node on. Out: the longest chain that they begin with, if any; plan/plan.ts puts these into
 * steps. Without chains every node would be a dispatch for its map and one for each of its axes, and every value would pass
 * through the arena between them: three convolutions and a global pooling of 32 × 32 pixels keep 3073 values of a pair there
 * instead of 4 196 352, and 21 convolutions of 8 × 8 take 29 dispatches instead of 136.
 *
 * All nodes but the last are *shifts*. A shift reads position s·P + t of an axis for output P, for each of its taps t; so it takes
 * covariances at the offset s·δ to those at δ, and no others. A workgroup that has all covariances of a *class* of offsets in its
 * tile computes chains of shifts without any other.
 *
 * A tile has a frame of f positions an axis, at least as many as there are. Class d of an axis holds the offsets q − p = d and
 * d − f: the slot of p holds K(p, (p + d) mod f), so that together the classes hold every pair of positions once and a tile has no
 * empty end, however large the offset. A shift of stride s takes class s·d′ of a frame s·f′ to class d′ of f′: from 7 positions by
 * "SAME" windows of stride 2 to 4 the frames are 8 and 4, and the classes 0, 2, 4, 6 become 0, 1, 2, 3.
 *
 * The last node is a shift whose result is stored; or a sum over all pairs of positions or over the diagonal, of which each
 * workgroup computes its part; or anything else, and then what its entrywise map gives is stored.
 */
import { countOf } from "../../../array/dtype.ts";
import { isMixing, sizeOf } from "../../../program/nodes.ts";
import { type Node, nodesRead, type Program } from "../../../program/program.ts";
import type { AxisMap, Shifts } from "../../../spatial/axis.ts";
import type { Steps } from "../../../steps.ts";
import { MOST_NODES, MOST_TAPS } from "../budget.ts";

/** A convolution, or anything else with this structure: K′(P, Q) = scale · Σₜ K(s·P + t, s·Q + t). */
export interface Shift extends Shifts {
  readonly size: number;
  readonly outSize: number;
  readonly scale: number;
}

/** The axis as a shift, or null if it is none. A term that reads nothing adds nothing, whatever its tap. */
export function shiftOf({ size, outSize, scale, terms, shifts }: AxisMap): Shift | null {
  const taps = shifts?.taps.filter((_, k) => terms[k].some(({ at }) => at.length > 0));
  return shifts && taps ? { ...shifts, size, outSize, scale, taps } : null;
}

/** One stage: the positions, the frame, and the class as a multiple of that of the last stage; a number an axis each. */
export interface Geometry {
  readonly sizes: readonly number[];
  readonly frame: readonly number[];
  readonly factors: readonly number[];
}

/** The geometry before each node's shifts (a list of one an axis) and after the last, or null if no frames fit. */
function geometriesOf(
  sizes: readonly number[],
  nodes: readonly (readonly Shift[])[],
): Geometry[] | null {
  const axes = sizes.map((size, axis) => axisFrames(size, nodes.map((shifts) => shifts[axis])));
  if (!axes.every((axis) => axis !== null)) return null;
  return Array.from({ length: nodes.length + 1 }, (_, stage) => ({
    sizes: axes.map((axis) => axis[stage].size),
    frame: axes.map((axis) => axis[stage].frame),
    factors: axes.map((axis) => axis[stage].factor),
  }));
}

/** The stages of one axis. */
function axisFrames(size: number, shifts: readonly Shift[]) {
  const sizes = [size, ...shifts.map(({ outSize }) => outSize)];
  const factors = sizes.map((_, stage) =>
    shifts.slice(stage).reduce((product, { stride }) => product * stride, 1)
  );
  const last = Math.max(...sizes.map((length, stage) => Math.ceil(length / factors[stage])));
  const stages = sizes.map((length, stage) => ({
    size: length,
    factor: factors[stage],
    frame: last * factors[stage],
  }));
  // What wraps around does so in the positions, so there the frame must be all of them.
  const wraps = shifts.every(({ circular }, k) => !circular || stages[k].frame === stages[k].size);
  return wraps ? stages : null;
}

/** Number of slots of a tile. */
export const slotsOf = ({ frame }: Geometry): number => countOf(frame);

/** Number of positions. */
export const positionsOf = ({ sizes }: Geometry): number => countOf(sizes);

/** What becomes of the last node's values. */
type ChainEnd =
  | { readonly kind: "shift" }
  | { readonly kind: "map" }
  | { readonly kind: "sum"; readonly diagonal: boolean; readonly scale: number };

/** A chain. */
export interface Chain {
  readonly nodes: readonly Node[];
  /** Of the nodes that are shifts, one an axis */
  readonly shifts: readonly (readonly Shift[])[];
  /** Before each of them, and after the last */
  readonly geometries: readonly Geometry[];
  readonly end: ChainEnd;
}

/** For every node (and the input) the ids of the nodes that read its covariances; the output is the last. */
export function readersOf({ nodes, output }: Program): ReadonlyMap<number, ReadonlySet<number>> {
  const readers = new Map([0, ...nodes.map(({ id }) => id)].map((id) => [id, new Set<number>()]));
  for (const node of nodes) for (const id of readsOf(node)) readers.get(id)!.add(node.id);
  for (const id of nodesRead(Object.values(output.map))) readers.get(id)!.add(nodes.length + 1);
  return readers;
}

/** The ids of the nodes whose covariances a node reads. */
export function readsOf({ program, map }: Node): Set<number> {
  const weights = isMixing(map) && map.attention ? Object.values(map.attention.weight.map) : [];
  return nodesRead([...Object.values(program.map), ...weights]);
}

/** The longest chain that `nodes` begin with and that has at most `slots` slots, or null if there is none. In steps. */
export function* chainFrom(
  nodes: readonly Node[],
  readers: ReadonlyMap<number, ReadonlySet<number>>,
  slots: number,
): Steps<Chain | null> {
  const shifts: Shift[][] = [];
  let chain: Chain | null = null;
  for (const [k, node] of nodes.slice(0, MOST_NODES).entries()) {
    if (!mayFollow(node, k === 0 ? null : nodes[k - 1], readers)) return chain;
    const axes = shiftsOf(node);
    if (axes) shifts.push(axes);
    const longer = chainOf(nodes.slice(0, k + 1), [...shifts], slots);
    if (!longer || longer.end.kind !== "shift") return longer ?? chain;
    chain = longer;
    yield;
  }
  return chain;
}

/**
 * Whether a chain goes on with `node`: true for the first node of a chain, and for those that read nothing but the node before,
 * which nothing else reads.
 */
function mayFollow(
  node: Node,
  before: Node | null,
  readers: ReadonlyMap<number, ReadonlySet<number>>,
): boolean {
  const reads = readsOf(node);
  // Attention reads a covariance that was stored.
  if (!node.pairs || reads.size === 0 || (isMixing(node.map) && node.map.attention)) return false;
  return before === null || (reads.size === 1 && reads.has(before.id) && readers.get(before.id)!.size === 1);
}

function chainOf(nodes: readonly Node[], shifts: readonly Shift[][], slots: number): Chain | null {
  const [last] = nodes.slice(-1);
  const end = shifts.length === nodes.length ? { kind: "shift" } as const : endOf(last.map);
  // A map alone gains nothing.
  if (!areJoined(shifts) || (shifts.length === 0 && end.kind === "map")) return null;
  const sizes = shifts.length > 0 ? shifts[0].map(({ size }) => size) : [sizeOf(last.map)];
  const geometries = geometriesOf(sizes, shifts);
  return geometries && slotsOf(geometries[0]) <= slots ? { nodes, shifts, geometries, end } : null;
}

function shiftsOf({ map }: Node): Shift[] | null {
  if (isMixing(map) || map.local) return null;
  const shifts = map.axes.map(shiftOf);
  if (!shifts.every((shift) => shift !== null)) return null;
  // The mean over the diagonal is one too, but as a sum it has more threads.
  if (endOf(map).kind === "sum") return null;
  return shifts.reduce((product, { taps }) => product * taps.length, 1) <= MOST_TAPS ? shifts : null;
}

/** Each axis goes on as the one before it ended. */
function areJoined(shifts: readonly (readonly Shift[])[]): boolean {
  return shifts.every((axes, k) =>
    k === 0 || String(axes.map(({ size }) => size)) === String(shifts[k - 1].map(({ outSize }) => outSize))
  );
}

/**
 * A sum at the end needs no values of single pairs of positions: without it the same three convolutions would keep 1 051 649
 * values, and pooling would take a dispatch more, flattening two.
 */
function endOf(map: Node["map"]): ChainEnd {
  if (isMixing(map) || map.local || sizeOf(map) === 1) return { kind: "map" };
  const scale = map.axes.reduce((product, axis) => product * axis.scale, 1);
  if (map.axes.every(isTrace)) return { kind: "sum", diagonal: true, scale };
  if (!map.axes.every(isTotal)) return { kind: "map" };
  const weight = map.axes.reduce((product, { terms }) => product * terms[0][0].weights[0], 1);
  return { kind: "sum", diagonal: false, scale: scale * weight ** 2 };
}

/** Sums the diagonal: every position once, in a term of its own. */
function isTrace({ size, outSize, terms }: AxisMap): boolean {
  const rows = terms.map(([row]) => row);
  const read = new Set(rows.flatMap(({ at }) => at));
  return outSize === 1 && terms.length === size && read.size === size &&
    rows.every(({ at, weights }) => at.length === 1 && weights[0] === 1);
}

/** Sums over all pairs of positions, with one weight. */
function isTotal({ size, outSize, terms }: AxisMap): boolean {
  if (outSize !== 1 || terms.length !== 1) return false;
  const { at, weights } = terms[0][0];
  return new Set(at).size === size && at.length === size && weights.every((weight) => weight === weights[0]);
}
