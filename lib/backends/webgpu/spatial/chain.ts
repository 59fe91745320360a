/**
 * Chains: consecutive nodes that one dispatch computes, a workgroup for each pair of inputs and class of offsets.
 *
 * All nodes but the last are shifts, which keep classes apart. The last one is a shift whose result is stored; or a sum over all
 * pairs of positions or over the diagonal, of which each workgroup computes its part; or anything else, and then what its
 * entrywise map gives is stored.
 */
import type { AxisMap } from "../../../spatial/axis.ts";
import { isMixing, type Node, nodesRead, sizeOf, type SpatialProgram } from "../../../spatial/program.ts";
import { geometriesOf, type Geometry, slotsOf } from "./geometry.ts";
import { type Shift, shiftOf } from "./shift.ts";

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
export function readersOf({ nodes, output }: SpatialProgram): ReadonlyMap<number, ReadonlySet<number>> {
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

/** So many steps fit into the 64 KiB of uniforms. */
const MOST_NODES = 256;

/** The longest chain that starts with node `first` and has at most `slots` slots, or null if there is none. */
export function chainFrom(program: SpatialProgram, first: number, slots: number): Chain | null {
  const readers = readersOf(program);
  let chain: Chain | null = null;
  for (let last = first; last <= program.nodes.length && last - first < MOST_NODES; last++) {
    const node = program.nodes[last - 1];
    const reads = [...readsOf(node)].join();
    const follows = last === first
      ? reads !== ""
      : reads === String(last - 1) && readers.get(last - 1)!.size === 1;
    const longer = follows && node.pairs ? chainOf(program.nodes.slice(first - 1, last), slots) : null;
    if (!longer) return chain;
    chain = longer;
    if (longer.end.kind !== "shift") return chain;
  }
  return chain;
}

function chainOf(nodes: readonly Node[], slots: number): Chain | null {
  const shifts = nodes.map(shiftsOf);
  const last = shifts.pop()!;
  const inner = last ? [...shifts, last] : shifts;
  if (!inner.every((shift) => shift !== null) || !areJoined(inner)) return null;
  const end = last ? { kind: "shift" } as const : endOf(nodes[nodes.length - 1]);
  // A map alone gains nothing, and attention reads a stored covariance.
  const attends = nodes.some(({ map }) => isMixing(map) && map.attention);
  if (attends || (inner.length === 0 && end.kind !== "sum")) return null;
  const sizes = inner.length > 0 ? inner[0].map(({ size }) => size) : [sizeOf(nodes[0].map)];
  const geometries = geometriesOf(sizes, inner);
  return geometries && slotsOf(geometries[0]) <= slots ? { nodes, shifts: inner, geometries, end } : null;
}

/** More taps than this would make a long text and are rare. */
const MOST_TAPS = 128;

function shiftsOf({ map }: Node): Shift[] | null {
  if (isMixing(map) || map.local) return null;
  const shifts = map.axes.map(shiftOf);
  if (!shifts.every((shift) => shift !== null)) return null;
  // The mean over the diagonal is one too, but as a sum it has more threads.
  if (endOf({ map }).kind === "sum") return null;
  return shifts.reduce((product, { taps }) => product * taps.length, 1) <= MOST_TAPS ? shifts : null;
}

/** Each axis goes on as the one before it ended. */
function areJoined(shifts: readonly (readonly Shift[])[]): boolean {
  return shifts.every((axes, k) =>
    k === 0 || String(axes.map(({ size }) => size)) === String(shifts[k - 1].map(({ outSize }) => outSize))
  );
}

function endOf({ map }: Pick<Node, "map">): ChainEnd {
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
