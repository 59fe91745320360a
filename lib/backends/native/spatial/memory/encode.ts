/** Plans as arrays of integers, member by member as `job.c` declares them. */
import type { Network } from "../plan/network.ts";
import { type Plan, type Segment } from "../plan/plan.ts";
import { segmentOffsets, storedAxes, type StoredAxis } from "../plan/stored_layout.ts";
import { type Geometry, type Link, type PlacedSegment, type PlacedTile, placesOf } from "../plan/tiles.ts";
import { AXES, bitsOf, perAxis, Words } from "./structs.ts";

const kinds = { map: 0, copy: 0, inputs: 1, stored: 2 };
const SUM = 0, SCATTER = 1, OUTPUT = 2, WEIGHTS = 3;

/** Members of `struct plan`. */
const PLAN = 12;
/** Members of `struct stored`. */
const STORED = 2 + 6 * AXES + 3;

const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);

/** The plan; `functions` has the number of the function of every tile that is computed by one. */
export function encodePlan(
  network: Network,
  plan: Plan,
  segments: readonly PlacedSegment[],
  functions: ReadonlyMap<PlacedTile, number>,
): BigInt64Array<ArrayBuffer> {
  const words = new Words();
  words.add(Array(PLAN).fill(0));
  const stored = network.nodes.map(({ id }) => {
    const segment = plan.segments.find(({ node }) => node.id === id);
    return segment && id < network.output ? { segment, axes: storedAxes(segment, plan) } : null;
  });
  const storedAt = words.add(
    stored.flatMap((entry) =>
      entry ? storedWords(entry.segment, entry.axes, network, words) : Array(STORED).fill(0)
    ),
  );
  const starts = startsOf(segments);
  const encoded = segments.map((placed, k) => {
    const sink = sinkOf(placed.segment, stored[placed.segment.node.id]?.axes ?? null, network);
    return segmentWords({ ...placed, ...starts[k] }, plan, sink, functions, words);
  });
  const segmentsAt = words.add(encoded.flat());
  const geometries = segments.flatMap(({ geometries }) => geometries);
  const most = (values: readonly number[]) => Math.max(0, ...values);
  words.put(0, [
    segments.length,
    segmentsAt,
    storedAt,
    geometries.length,
    words.add(geometries.flatMap(geometryWords)),
    segments.reduce((sum, { links }) => sum + links.length, 0),
    words.add(
      segments.flatMap(({ links }, k) => links.flatMap((link) => linkWords(link, starts[k].firstGeometry))),
    ),
    most(
      segments.flatMap(({ links }) =>
        links.map(({ boxes }) => product(boxes.slice(0, -1).map(({ taps }) => taps)))
      ),
    ),
    network.width * most(segments.flatMap(({ tiles }) => tiles.map(tapsOf))),
    most(geometries.map(({ size }) => product(size))),
    most(segments.map(({ buffers }) => buffers)),
    most(geometries.map(placesOf)),
  ]);
  return words.array;
}

/** How many taps along the last axis a tile reads, of all that it reads. */
const tapsOf = ({ readings }: PlacedTile): number =>
  readings.reduce((sum, { boxes }) => sum + boxes[boxes.length - 1].taps, 0);

function sinkOf({ node, tiles }: Segment, stored: readonly StoredAxis[] | null, { output }: Network): number {
  if (!stored) return node.id === output ? OUTPUT : WEIGHTS;
  const isSum = tiles[tiles.length - 1].kind === "map" &&
    stored.every(({ size, weight }) => size === 1 && weight !== null);
  return isSum ? SUM : SCATTER;
}

function storedWords(
  segment: Segment,
  axes: readonly StoredAxis[],
  network: Network,
  words: Words,
): (number | bigint)[] {
  const kept = axes.map(({ numbers }) => Math.max(...numbers) + 1);
  const isSum = sinkOf(segment, axes, network) === SUM;
  const isCopy = segment.tiles[segment.tiles.length - 1].kind === "copy";
  const scale = product(
    axes.map(({ weight }, a) => (isCopy ? 1 : segment.node.axes[a].scale) * (isSum ? weight! : 1)),
  );
  return [
    product(axes.map(({ size }) => size)),
    product(kept),
    ...perAxis(axes.map(({ size }) => size)),
    ...perAxis(axes.map(({ from }) => from)),
    ...perAxis(kept),
    ...perAxis(axes.map(({ numbers }) => words.add(numbers))),
    ...perAxis(axes.map((axis) => columnsWords(axis, words))),
    ...perAxis(axes.map(({ entries }) => entries)),
    Number(segment.node.local),
    product(axes.map(({ terms }) => terms)),
    bitsOf(scale),
  ];
}

function columnsWords({ columns }: StoredAxis, words: Words): number {
  const starts = columns.map((_, p) => columns.slice(0, p).reduce((sum, column) => sum + column.length, 0));
  const entries = columns.flat();
  return words.add([
    ...starts,
    entries.length,
    ...entries.flatMap(({ term, position, weight }) => [term, position, bitsOf(weight)]),
  ]);
}

/** Geometries and links have numbers throughout a plan. */
interface Starts {
  readonly firstGeometry: number;
  readonly firstLink: number;
}

function startsOf(segments: readonly PlacedSegment[]): Starts[] {
  return segments.map((_, k) => ({
    firstGeometry: segments.slice(0, k).reduce((sum, { geometries }) => sum + geometries.length, 0),
    firstLink: segments.slice(0, k).reduce((sum, { links }) => sum + links.length, 0),
  }));
}

const geometryWords = ({ size, factor, left, right }: Geometry) =>
  [size, factor, left, right].flatMap(perAxis);

const linkWords = ({ from, to, boxes }: Link, firstGeometry: number) => [
  firstGeometry + from,
  firstGeometry + to,
  ...perAxis(boxes.map(({ stride }) => stride)),
  ...perAxis(boxes.map(({ first }) => first)),
  ...perAxis(boxes.map(({ taps }) => taps)),
];

function segmentWords(
  { segment, geometries, links, tiles, firstGeometry, firstLink }: PlacedSegment & Starts,
  plan: Plan,
  sink: number,
  functions: ReadonlyMap<PlacedTile, number>,
  words: Words,
): number[] {
  const offsets = segmentOffsets(segment, plan);
  const nodes = plan.needed.length;
  const stages = tiles.flatMap((tile) => [
    kinds[tile.kind],
    firstGeometry + tile.geometry,
    tile.buffer,
    tile.kind === "copy" ? 0 : tile.node.id,
    tile.kind === "copy" ? nodes + tile.node.id : tile.node.id,
    functions.get(tile) ?? 0,
    tile.readings.length,
    words.add(tile.readings.flatMap(({ buffer, link }) => [buffer, firstLink + link])),
  ]);
  return [
    ...perAxis(segment.wrap.map((wraps) => wraps ? 1 : 0)),
    ...perAxis(offsets.map((list) => list.length)),
    ...perAxis(offsets.map((list) => words.add(list))),
    ...[geometries.length, firstGeometry, links.length, firstLink, tiles.length, words.add(stages)],
    ...[sink, segment.node.id],
  ];
}
