/**
 * The third step of planning: the tiles of a segment in memory. In: a segment. Out, for text.ts and encode.ts: what each tile
 * reads, which positions it has with which margins, and which buffer it is in; those that nothing reads any more are used again.
 * Conv → ReLU → Conv → ReLU → Flatten is one segment, with the tiles
 *
 *     { kind: "inputs", buffer: 0 }                 the covariance of the inputs
 *     { kind: "map", buffer: 1, reads buffer 0 }    before the first convolution; with margins for its windows
 *     { kind: "map", buffer: 0, reads buffer 1 }    ReLU of sums over windows; what was in buffer 0 is not needed any more
 *     { kind: "map", buffer: 1, reads buffer 0 }    ReLU of sums over windows of that, for Flatten
 */
import { type Box, identityBox, type Network, type NetworkNode } from "./network.ts";
import { type Segment, type Tile, tileOf } from "./plan.ts";

/** What a tile is computed from: the map of a node, results as they are, the inputs, or a stored covariance. */
export interface PlacedTile {
  readonly kind: "map" | "copy" | "inputs" | "stored";
  readonly node: NetworkNode;
  readonly geometry: number;
  readonly buffer: number;
  readonly readings: readonly Reading[];
}

/** How a tile reads an earlier one. */
interface Reading {
  readonly node: NetworkNode;
  readonly buffer: number;
  readonly link: number;
  readonly boxes: readonly Box[];
}

/** The positions of tiles, at `factor` times the offset of the segment, and the places that they need around them. */
export interface Geometry {
  readonly size: readonly number[];
  readonly factor: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** The most places of such a tile, with its margins. */
export const placesOf = ({ size, left, right }: Geometry): number =>
  size.reduce((places, length, axis) => places * (left[axis] + length + right[axis]), 1);

/** How points of one geometry read places of another. */
export interface Link {
  readonly from: number;
  readonly to: number;
  readonly boxes: readonly Box[];
}

/** All that is needed to compute the tiles of a segment. */
export interface PlacedSegment {
  readonly segment: Segment;
  readonly geometries: readonly Geometry[];
  readonly links: readonly Link[];
  readonly tiles: readonly PlacedTile[];
  readonly buffers: number;
}

/** A tile and those that it reads, before they have places. */
interface Step {
  readonly kind: PlacedTile["kind"];
  readonly tile: Omit<Tile, "kind">;
  readonly reads: { readonly step: Step; readonly boxes: readonly Box[] }[];
}

/** Places the tiles of a segment. */
export function placed(segment: Segment, { nodes }: Network): PlacedSegment {
  const steps = stepsOf(segment, nodes);
  const geometries = new Registry<Geometry>();
  const links = new Registry<Link>();
  // Equal geometries and links are kept once: their lists of points are made once for every offset.
  const geometryOf = new Map(steps.map((step) => [step, geometries.number(geometry(step, steps))]));
  const buffers = buffersOf(steps);
  const tiles = steps.map((step): PlacedTile => ({
    kind: step.kind,
    node: step.tile.node,
    geometry: geometryOf.get(step)!,
    readings: step.reads.map(({ step: from, boxes }) => ({
      node: from.tile.node,
      buffer: buffers.of.get(from)!,
      link: links.number({ from: geometryOf.get(from)!, to: geometryOf.get(step)!, boxes }),
      boxes,
    })),
    buffer: buffers.of.get(step)!,
  }));
  return { segment, geometries: geometries.items, links: links.items, tiles, buffers: buffers.count };
}

/** The tiles of a segment, each after those that it reads; the inputs and stored covariances where they are needed first. */
function stepsOf(segment: Segment, nodes: readonly NetworkNode[]): Step[] {
  const steps: Step[] = [];
  const known = new Map<string, Step>();
  const made = new Map<NetworkNode, Step>();
  // A stored covariance that several tiles read at the same offset is loaded once.
  const source = (node: NetworkNode, { factor, size }: Tile): Step => {
    const key = `${node.id} ${factor}`;
    if (!known.has(key)) {
      // Its geometry is that of the tile that reads it.
      const step: Step = {
        kind: node.id === 0 ? "inputs" : "stored",
        tile: { node, factor, size },
        reads: [],
      };
      known.set(key, step);
      steps.push(step);
    }
    return known.get(key)!;
  };
  for (const tile of segment.tiles) {
    const ids = tile.kind === "copy" ? [tile.node.id] : tile.node.reads;
    const reads = ids.map((id) => nodes[id]).map((node) =>
      tileOf(segment, node)
        ? { step: made.get(node)!, boxes: node.boxes! }
        : { step: source(node, tile), boxes: tile.size.map(identityBox) }
    );
    const step = { kind: tile.kind, tile, reads };
    if (tile.kind === "map") made.set(tile.node, step);
    steps.push(step);
  }
  return steps;
}

/**
 * The positions of a tile, with places for all taps of those that read it: a window of taps −1, 0, 1 needs one place to the left
 * of the first position and one to the right of the last, where it finds zeros, or what is at the other end of a circle.
 */
function geometry(step: Step, steps: readonly Step[]): Geometry {
  const { size, factor } = step.tile;
  // Windows of those that read it reach before the first position and beyond the last.
  const readings = steps.flatMap(({ reads }) => reads.filter((read) => read.step === step));
  const most = (place: (box: Box, length: number) => number) =>
    size.map((length, axis) => Math.max(0, ...readings.map(({ boxes }) => place(boxes[axis], length))));
  const left = most(({ first }) => -first);
  const right = most(({ stride, outSize, first, taps }, length) =>
    stride * (outSize - 1) + first + taps - length
  );
  return { size, factor, left, right };
}

/** Numbers for things that are equal when their JSON is. */
class Registry<T> {
  readonly items: T[] = [];
  readonly #numbers = new Map<string, number>();

  number(item: T): number {
    const key = JSON.stringify(item);
    if (!this.#numbers.has(key)) {
      this.#numbers.set(key, this.items.length);
      this.items.push(item);
    }
    return this.#numbers.get(key)!;
  }
}

/** The buffer of every step, used again when nothing reads what is in it any more; and how many there are. */
function buffersOf(
  steps: readonly Step[],
): { readonly of: ReadonlyMap<Step, number>; readonly count: number } {
  // The step that reads each tile last, itself if none does
  const lastReads = new Map(steps.map((step, k) => [step, k]));
  steps.forEach(({ reads }, k) => reads.forEach(({ step }) => lastReads.set(step, k)));
  const of = new Map<Step, number>();
  const busyUntil: number[] = [];
  steps.forEach((step, now) => {
    // One whose last reader came before this step: other than those of what it reads
    const free = busyUntil.findIndex((last) => last < now);
    const number = free < 0 ? busyUntil.length : free;
    busyUntil[number] = lastReads.get(step)!;
    of.set(step, number);
  });
  return { of, count: busyUntil.length };
}
