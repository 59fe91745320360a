/**
 * Chains: consecutive nodes that one dispatch computes, a workgroup for each pair of inputs and class of offsets.
 *
 * All nodes but the last are shifts, which keep classes apart. The last one is a shift whose result is stored; or a sum over all
 * pairs of positions or over the diagonal, of which each workgroup computes its part; or anything else, and then what its
 * entrywise map gives is stored.
 *
 * In: the nodes of a program from some node on. Out: the longest chain that they begin with, if any; plan/plan.ts puts these into
 * steps. Without chains every node would be a dispatch for its map and one for each of its axes, and every value would pass
 * through the arena between them: three convolutions and a global pooling of 32 × 32 pixels keep 3073 values of a pair there
 * instead of 4 196 352, and 21 convolutions of 8 × 8 take 29 dispatches instead of 136.
 */
import { isMixing, sizeOf } from "../../../program/nodes.ts";
import { type Node, nodesRead, type Program } from "../../../program/program.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import { MOST_NODES, MOST_TAPS } from "../budget.ts";
import { geometriesOf, type Geometry, type Shift, shiftOf, slotsOf } from "./geometry.ts";

/** What becomes of the last node's values. */
export type ChainEnd =
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

/** The longest chain that `nodes` begin with and that has at most `slots` slots, or null if there is none. */
export function chainFrom(
  nodes: readonly Node[],
  readers: ReadonlyMap<number, ReadonlySet<number>>,
  slots: number,
): Chain | null {
  const shifts: Shift[][] = [];
  let chain: Chain | null = null;
  for (const [k, node] of nodes.slice(0, MOST_NODES).entries()) {
    if (!mayFollow(node, k === 0 ? null : nodes[k - 1], readers)) return chain;
    const axes = shiftsOf(node);
    if (axes) shifts.push(axes);
    const longer = chainOf(nodes.slice(0, k + 1), [...shifts], slots);
    if (!longer || longer.end.kind !== "shift") return longer ?? chain;
    chain = longer;
  }
  return chain;
}

/** Whether a chain goes on with `node`: true for the first node of a chain, and for those that read nothing but the node before, which nothing else reads. */
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
