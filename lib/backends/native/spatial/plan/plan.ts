/**
 * The second step of planning: in which order tiles are computed, and what is stored between. A *segment* is a set of nodes that
 * lead from offset to offset, convolutions with the maps between them: all of it is computed for one offset after another.
 * Between segments covariances are stored.
 *
 * In: a network. Out, for tiles.ts and encode.ts: its segments; the offsets δ = q − p of every node that are needed; and of what
 * a segment stores, axis by axis, a number for each offset, and the columns of the linear map that leads there. Conv → ReLU →
 * Conv → ReLU → Flatten is one segment of the offset 0; with a global pooling in place of Flatten, one of all offsets.
 */
import { type AxisMap, modulo, type SparseMatrix } from "../../../../spatial/axis.ts";
import { type Box, isIdentity, type Network, type NetworkNode } from "./network.ts";

/** What is computed: pairs of different inputs, or inputs with themselves. */
export type Mode = "pairs" | "diagonal";

/** A tile of a segment, at `factor` times the offset of the segment. */
export interface Tile {
  /** What computes it: the map of a node, or the results of a convolution as they are */
  readonly kind: "map" | "copy";
  readonly node: NetworkNode;
  readonly factor: readonly number[];
  /** Lengths of the axes at its positions */
  readonly size: readonly number[];
}

/** A segment; its last tile is what the linear map of `node` is applied to, or the results of `node` as they are. */
export interface Segment {
  readonly node: NetworkNode;
  /** In the order of the nodes */
  readonly tiles: Tile[];
  /** Axes that wrap around; null where it makes no difference */
  readonly wrap: (boolean | null)[];
}

/** Segments in their order; the offsets of every node that are needed. */
export interface Plan {
  readonly segments: readonly Segment[];
  readonly needed: readonly (readonly Set<number>[])[];
}

/**
 * The plan of a network. From the output backwards: a convolution joins the segment of what reads it, if all readers are there
 * and at one multiple of its offsets; any other node ends a segment of its own, whose covariance is stored for its readers.
 */
export function planOf(network: Network, mode: Mode): Plan {
  const { nodes } = network;
  const live = nodes.filter((node) => mode === "diagonal" || node.pairs);
  const homes = new Map<NetworkNode, Segment>();
  const segments: Segment[] = [];
  for (const node of live.toReversed()) {
    const readers = live.filter(({ reads }) => reads.includes(node.id));
    if (node.id === 0 || (mode === "diagonal" && node.boxes && readers.length === 0)) continue;
    const joined = node.boxes && joinedSegment(node, node.boxes, readers, homes);
    if (joined) {
      homes.set(node, joined);
      continue;
    }
    const segment = segmentOf(node, network.axes);
    homes.set(node, segment);
    segments.push(segment);
  }
  for (const { tiles } of segments) tiles.reverse();
  return { segments: segments.reverse(), needed: neededOffsets(live, network, mode) };
}

/** The segment that ends with a node: with its results if they follow from a convolution, else before its linear map. */
function segmentOf(node: NetworkNode, axes: number): Segment {
  const here = Array<number>(axes).fill(1);
  const wrap = Array<boolean | null>(axes).fill(null);
  if (!node.boxes) return { node, tiles: [{ kind: "map", node, factor: here, size: node.size }], wrap };
  const segment: Segment = { node, tiles: [{ kind: "copy", node, factor: here, size: node.out }], wrap };
  append(segment, node, node.boxes, here);
  return segment;
}

/** The segment of all readers of a convolution, with the convolution in it; null if they do not agree on its offsets. */
function joinedSegment(
  node: NetworkNode,
  boxes: readonly Box[],
  readers: readonly NetworkNode[],
  homes: ReadonlyMap<NetworkNode, Segment>,
): Segment | null {
  const home = homes.get(readers[0]);
  if (readers.some((reader) => !hasSameAxes(node, reader))) return null;
  if (!home || readers.some((reader) => homes.get(reader) !== home)) return null;
  const factors = readers.map((reader) => tileOf(home, reader)!.factor);
  if (factors.some((factor) => String(factor) !== String(factors[0]))) return null;
  if (boxes.some((box, axis) => !isIdentity(box) && (home.wrap[axis] ?? box.wrap) !== box.wrap)) return null;
  append(home, node, boxes, factors[0]);
  return home;
}

/** False where axes of positions are joined or split between a node and its reader. */
const hasSameAxes = ({ out }: NetworkNode, { size }: NetworkNode) => String(out) === String(size);

/** The tile before the linear map of a node. */
export const tileOf = ({ tiles }: Segment, node: NetworkNode): Tile | undefined =>
  tiles.find((tile) => tile.kind === "map" && tile.node === node);

function append(segment: Segment, node: NetworkNode, boxes: readonly Box[], after: readonly number[]): void {
  const factor = boxes.map(({ stride }, axis) => stride * after[axis]);
  segment.tiles.push({ kind: "map", node, factor, size: node.size });
  boxes.forEach((box, axis) => {
    if (!isIdentity(box)) segment.wrap[axis] = box.wrap;
  });
}

function neededOffsets(
  live: readonly NetworkNode[],
  { nodes, output }: Network,
  mode: Mode,
): Set<number>[][] {
  const needed = nodes.map(({ out }) => offsetsOf(out, false));
  if (mode === "pairs") needed.forEach((axes) => axes.forEach((set) => set.clear()));
  include(needed[output], offsetsOf(nodes[output].out, false));
  for (const { id, out } of live.filter(({ full }) => full)) include(needed[id], offsetsOf(out, true));
  for (const node of live.toReversed()) {
    const before = offsetsBefore(node, needed[node.id]);
    for (const read of node.reads.map((id) => nodes[id])) {
      include(needed[read.id], hasSameAxes(read, node) ? before : offsetsOf(read.out, true));
    }
  }
  return needed;
}

/** The offsets before the linear map of a node that those after it read. */
function offsetsBefore(
  { axes, boxes, local }: NetworkNode,
  after: readonly Set<number>[],
): Set<number>[] {
  return axes.map((axis, a) =>
    boxes
      ? beforeBox(boxes[a], after[a])
      : beforeMap(axis, local ? new Set([0].filter((d) => after[a].has(d))) : after[a])
  );
}

/** Offsets of every axis; what is needed are their combinations. */
type Offsets = readonly ReadonlySet<number>[];

/** All offsets of axes, or 0 alone. */
function offsetsOf(lengths: readonly number[], full: boolean): Set<number>[] {
  return lengths.map((length) =>
    new Set(full ? Array.from({ length: 2 * length - 1 }, (_, k) => k - length + 1) : [0])
  );
}

/** The offsets before a convolution that those after it read. */
function beforeBox({ size, stride, wrap }: Box, after: ReadonlySet<number>): Set<number> {
  const before = [...after].flatMap((delta) => {
    if (!wrap) return [stride * delta];
    const ahead = modulo(stride * delta, size);
    return ahead === 0 ? [0] : [ahead, ahead - size];
  });
  return new Set(before);
}

/** The offsets before any map of an axis that those after it read. */
function beforeMap({ terms, outSize }: AxisMap, after: ReadonlySet<number>): Set<number> {
  const before = new Set<number>();
  for (const matrix of terms) {
    matrix.forEach(({ at }, P) => {
      if (at.length === 0) return;
      for (const delta of after) {
        if (P + delta < 0 || P + delta >= outSize) continue;
        for (const q of matrix[P + delta].at) for (const p of at) before.add(q - p);
      }
    });
  }
  return before;
}

/** Adds all offsets of `more`. */
function include(offsets: readonly Set<number>[], more: Offsets): void {
  more.forEach((set, axis) => set.forEach((delta) => offsets[axis].add(delta)));
}

/** An entry of a column of a linear map. */
interface Entry {
  readonly term: number;
  readonly position: number;
  readonly weight: number;
}

/** One axis of a stored covariance. */
export interface StoredAxis {
  /** Positions of the tiles, and of the covariance */
  readonly from: number;
  readonly size: number;
  /** For every offset modulo `size` its number, or −1 */
  readonly numbers: readonly number[];
  /** For every position of the tiles its column */
  readonly columns: readonly (readonly Entry[])[];
  /** Only equal positions are led to */
  readonly local: boolean;
  /** The most places that all positions at an offset lead to */
  readonly entries: number;
  /** The most pairs of positions that lead to one place, at all offsets */
  readonly terms: number;
  /** The weight of all pairs of positions, if each of them leads to exactly one place, with the same weight; else null */
  readonly weight: number | null;
}

/** Offsets of a segment, axis by axis in rising order. */
export function segmentOffsets({ node, tiles, wrap }: Segment, { needed }: Plan): number[][] {
  const last = tiles[tiles.length - 1];
  const after = needed[node.id];
  const sets = last.kind === "copy" ? after : offsetsBefore(node, after);
  return last.size.map((size, axis) => {
    const offsets = [...sets[axis]].map((delta) => wrap[axis] ? modulo(delta, size) : delta);
    return [...new Set(offsets)].filter((delta) => Math.abs(delta) < size).sort((a, b) => a - b);
  });
}

/**
 * What a segment stores, axis by axis. Of an average pooling of 4 positions by 2 of which all offsets are needed: `numbers` 0, 1
 * for the offsets 0 and 1 modulo 2; four columns of one entry each, { position: 0 } twice and { position: 1 } twice.
 */
export function storedAxes(segment: Segment, plan: Plan): StoredAxis[] {
  const { node, tiles, wrap } = segment;
  const last = tiles[tiles.length - 1];
  const offsets = segmentOffsets(segment, plan);
  return node.out.map((size, axis) => {
    const needed = [...plan.needed[node.id][axis]];
    const kept = [...new Set(needed.map((delta) => modulo(delta, size)))].sort((a, b) => a - b);
    const numbers = Array.from({ length: size }, (_, delta) => kept.indexOf(delta));
    const from = last.size[axis];
    const columns = last.kind === "copy"
      ? Array.from({ length: from }, (_, p) => [{ term: 0, position: p, weight: 1 }])
      : columnsOf(node.axes[axis].terms, from);
    const terms = last.kind === "copy" ? 1 : mostPairs(node.axes[axis].terms, size);
    const axisOf = { from, size, numbers, columns, terms, local: node.local };
    return { ...axisOf, ...count(axisOf, offsets[axis], wrap[axis] ?? false) };
  });
}

/** The most pairs of entries of a row, of all terms together. */
const mostPairs = (terms: readonly SparseMatrix[], size: number): number =>
  Array.from({ length: size }, (_, row) => terms.reduce((sum, matrix) => sum + matrix[row].at.length ** 2, 0))
    .reduce((a, b) => Math.max(a, b), 0);

function columnsOf(terms: readonly SparseMatrix[], from: number): Entry[][] {
  const columns: Entry[][] = Array.from({ length: from }, () => []);
  terms.forEach((matrix, term) =>
    matrix.forEach(({ at, weights }, position) =>
      at.forEach((p, k) => columns[p].push({ term, position, weight: weights[k] }))
    )
  );
  return columns;
}

/**
 * How many places all positions at an offset lead to, for the offset with the most: the room that scatter.c needs for its lists;
 * and the weight of all pairs, if each leads to one place with the same.
 */
function count(
  { columns, numbers, size, from, local }: Omit<StoredAxis, "entries" | "weight">,
  offsets: readonly number[],
  wrap: boolean,
): Pick<StoredAxis, "entries" | "weight"> {
  let entries = 0;
  const weights = new Set<number>();
  for (const delta of offsets) {
    let sum = 0;
    for (let p = wrap ? 0 : Math.max(0, -delta); p < (wrap ? from : Math.min(from, from - delta)); p++) {
      let led = 0;
      for (const { term, position, weight } of columns[p]) {
        for (const other of columns[modulo(p + delta, from)]) {
          if (other.term !== term || local && other.position !== position) continue;
          if (numbers[modulo(other.position - position, size)] < 0) continue;
          led++;
          weights.add(weight * other.weight);
        }
      }
      if (led !== 1) weights.add(NaN);
      sum += led;
    }
    entries = Math.max(entries, sum);
  }
  return { entries, weight: weights.size === 1 && !weights.has(NaN) ? [...weights][0] : null };
}
