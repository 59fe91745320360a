/** Plans as arrays of integers, member by member as `job.c` declares them. */
import type { Network } from "./network.ts";
import { type Plan, type Segment } from "./plan.ts";
import { segmentOffsets, storedAxes, type StoredAxis } from "./stored.ts";
import { type PlacedSegment, type PlacedTile } from "./tiles.ts";
import { AXES, bitsOf, perAxis, Words } from "./words.ts";

const kinds = { map: 0, copy: 0, inputs: 1, stored: 2 };
const SUM = 0, SCATTER = 1, OUTPUT = 2;

/** Members of `struct plan`. */
const PLAN = 9;
/** Members of `struct stored`. */
const STORED = 2 + 6 * AXES + 2;

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
    return segment && id < network.nodes.length - 1 ? { segment, axes: storedAxes(segment, plan) } : null;
  });
  const storedAt = words.add(
    stored.flatMap((entry) => entry ? storedWords(entry.segment, entry.axes, words) : Array(STORED).fill(0)),
  );
  const encoded = segments.map((segment) => {
    const sink = sinkOf(segment.segment, stored[segment.segment.node.id]?.axes ?? null);
    return segmentWords(segment, plan, sink, functions, words);
  });
  const segmentsAt = words.add(encoded.flat());
  const most = (of: (segment: PlacedSegment) => number) => Math.max(0, ...segments.map(of));
  words.put(0, [
    segments.length,
    segmentsAt,
    storedAt,
    most(({ geometries }) => geometries.length),
    most(({ links }) => links.length),
    most(({ links }) =>
      Math.max(1, ...links.map(({ boxes }) => product(boxes.slice(0, -1).map(({ taps }) => taps))))
    ),
    most(({ geometries }) => Math.max(...geometries.map(({ size }) => product(size)))),
    most(({ buffers }) => buffers),
    most(({ geometries }) =>
      Math.max(
        ...geometries.map(({ size, left, right }) => product(size.map((n, a) => left[a] + n + right[a]))),
      )
    ),
  ]);
  return words.array;
}

function sinkOf({ tiles }: Segment, stored: readonly StoredAxis[] | null): number {
  if (!stored) return OUTPUT;
  const isSum = tiles[tiles.length - 1].kind === "map" &&
    stored.every(({ size, weight }) => size === 1 && weight !== null);
  return isSum ? SUM : SCATTER;
}

function storedWords(segment: Segment, axes: readonly StoredAxis[], words: Words): (number | bigint)[] {
  const kept = axes.map(({ numbers }) => Math.max(...numbers) + 1);
  const isSum = sinkOf(segment, axes) === SUM;
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

function segmentWords(
  { segment, geometries, links, tiles }: PlacedSegment,
  plan: Plan,
  sink: number,
  functions: ReadonlyMap<PlacedTile, number>,
  words: Words,
): number[] {
  const offsets = segmentOffsets(segment, plan);
  const nodes = plan.needed.length;
  const stages = tiles.flatMap((tile) => [
    kinds[tile.kind],
    tile.geometry,
    tile.buffer,
    tile.kind === "copy" ? 0 : tile.node.id,
    tile.kind === "copy" ? nodes + tile.node.id : tile.node.id,
    functions.get(tile) ?? 0,
    tile.readings.length,
    words.add(tile.readings.flatMap(({ buffer, link }) => [buffer, link])),
  ]);
  const links_ = links.flatMap(({ from, to, boxes }) => [
    from,
    to,
    ...perAxis(boxes.map(({ stride }) => stride)),
    ...perAxis(boxes.map(({ first }) => first)),
    ...perAxis(boxes.map(({ taps }) => taps)),
  ]);
  return [
    ...perAxis(segment.wrap.map((wraps) => wraps ? 1 : 0)),
    ...perAxis(offsets.map((list) => list.length)),
    ...perAxis(offsets.map((list) => words.add(list))),
    geometries.length,
    words.add(
      geometries.flatMap(({ size, factor, left, right }) => [size, factor, left, right].flatMap(perAxis)),
    ),
    links.length,
    words.add(links_),
    tiles.length,
    words.add(stages),
    sink,
    segment.node.id,
  ];
}
