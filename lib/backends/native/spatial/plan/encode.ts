/**
 * A network and its plans in the memory of C: the last step of planning.
 *
 * In: the network, a plan with its placed tiles, and the numbers of the functions that were written for them. Out: arrays of
 * integers, `struct network` or `struct plan` with all lists behind it (structs.ts declares them). A plan of one segment at the
 * offsets −1, 0, 1 is
 *
 *     struct plan       segments: 1, segments_at: the index of the list of segments, …
 *     lists             what tiles read, buffer and link in turn; −1 0 1, the offsets; the steps; geometries; links; …
 *     struct segment    offsets: 3, offsets_at: the index of the offsets, …
 *
 * Nothing in it is an address, so that it is made once for a program, and read by all threads of all jobs.
 */
import { countOf } from "../../../../array/dtype.ts";
import { featureOrder } from "../../../feature_order.ts";
import { type ValuesOf, Words } from "../../struct.ts";
import * as c from "../structs.ts";
import { type Network, type NetworkNode, positionsOf, resultsOf } from "./network.ts";
import { type Plan, type Segment, segmentOffsets, storedAxes, type StoredAxis } from "./plan.ts";
import type { Numbered, ProgramText } from "./text.ts";
import { type Link, type PlacedSegment, type PlacedTile, placesOf } from "./tiles.ts";

const { MAP, INPUTS, STORED } = c.TileKind;
const { SUM, SCATTER, OUTPUT, WEIGHTS } = c.Sink;

/** How the driver computes the kinds of tiles: results as they are go through a map that changes nothing. */
const kinds = { map: MAP, copy: MAP, inputs: INPUTS, stored: STORED };

/** The largest of numbers that are not negative, 0 of none. */
const most = (values: readonly number[]) => Math.max(0, ...values);

/** `struct network`; `variables` are the row variables that C reads, in their order. */
export function encodeNetwork(
  { nodes, output, axes, width }: Network,
  text: ProgramText,
  variables: readonly string[],
): BigInt64Array<ArrayBuffer> {
  const words = new Words(c.network);
  // `var3` is the variance of node 3; other names are variables that come with the job.
  const source = (name: string) =>
    /^var\d+$/.test(name) ? Number(name.slice(3)) : -1 - variables.indexOf(name);
  const functionOf = (entry: Numbered | null | undefined) =>
    entry
      ? { number: entry.number, inputs: entry.inputs.length, inputs_at: words.add(entry.inputs.map(source)) }
      : { number: -1, inputs: 0, inputs_at: 0 };
  const encoded = nodes.map((node) => {
    const rows = text.rows[node.id];
    return nodeOf(node, {
      diagonal_rows: functionOf(rows?.diagonal),
      first_rows: functionOf(rows?.first),
      second_rows: functionOf(rows?.second),
      check: functionOf(text.checks[node.id]),
      host: isHost(node, text),
    });
  });
  return words.finish({
    ...{ axes, width, output },
    nodes: nodes.length,
    nodes_at: words.add(c.node.list(encoded)),
    most_positions: most(nodes.flatMap((node) => [positionsOf(node), resultsOf(node)])),
    most_inputs: Math.max(1, ...functionsOf(text).map(({ inputs }) => inputs.length)),
  });
}

/** Whether C has no function for the features of a node. */
export const isHost = ({ id, program }: NetworkNode, { rows }: ProgramText): boolean =>
  program !== null && !rows[id];

/** All functions of rows and of conditions. */
export const functionsOf = ({ rows, checks }: ProgramText): Numbered[] =>
  [...rows.flatMap((entry) => entry ? [entry.diagonal, entry.first, entry.second] : []), ...checks]
    .filter((entry) => entry !== null);

/** The members of `struct node`. */
type NodeMembers = ValuesOf<typeof c.node>;

/** `struct node`, of which `functions` are known. */
function nodeOf(
  node: NetworkNode,
  functions: Pick<NodeMembers, "diagonal_rows" | "first_rows" | "second_rows" | "check" | "host">,
): NodeMembers {
  const { program, size, out, boxes, axes, mixes, attention, softmax } = node;
  const layout = program ? featureOrder(program) : { scalars: [], tables: [] };
  const each = (of: (box: NonNullable<typeof boxes>[number]) => number) => boxes?.map(of) ?? [];
  return {
    ...functions,
    ...{ mixes, softmax, size, out },
    positions: positionsOf(node),
    results: resultsOf(node),
    features: layout.scalars.length,
    tables: layout.tables.length,
    attention: attention ?? 0,
    convolves: boxes !== null,
    stride: each(({ stride }) => stride),
    first: each(({ first }) => first),
    taps: each(({ taps }) => taps),
    wrap: each(({ wrap }) => Number(wrap)),
    scale: countOf(axes.map(({ scale }) => scale)),
  };
}

/**
 * `struct plan`. Lists that structs refer to are added first, since their indices are members; then the lists of structs; the
 * head, whose length is known, comes to stand in front of all.
 *
 * `functions` has the number of the function of every tile that is computed by one.
 */
export function encodePlan(
  network: Network,
  plan: Plan,
  segments: readonly PlacedSegment[],
  functions: ReadonlyMap<PlacedTile, number>,
): BigInt64Array<ArrayBuffer> {
  const words = new Words(c.plan);
  // Only the last node of a segment stores its covariance, and the output has none.
  const axesOf = network.nodes.map(({ id }) => {
    const segment = plan.segments.find(({ node }) => node.id === id);
    return segment && id < network.output ? { segment, axes: storedAxes(segment, plan) } : null;
  });
  const stored = axesOf.map((entry) =>
    entry ? storedOf(entry.segment, entry.axes, network, words) : NOT_STORED
  );
  const starts = startsOf(segments);
  const encoded = segments.map((placed, k) => {
    const sink = sinkOf(placed.segment, axesOf[placed.segment.node.id]?.axes ?? null, network);
    return segmentOf({ ...placed, ...starts[k] }, plan, sink, functions, words);
  });
  // Counted through all segments: a thread has lists for each of them.
  const geometries = segments.flatMap(({ geometries }) => geometries);
  const links = segments.flatMap(({ links }, k) =>
    links.map((link) => linkOf(link, starts[k].firstGeometry))
  );
  const boxes = segments.flatMap(({ links }) => links.map(({ boxes }) => boxes));
  return words.finish({
    segments: segments.length,
    segments_at: words.add(c.segment.list(encoded)),
    stored_at: words.add(c.stored.list(stored)),
    geometries: geometries.length,
    geometries_at: words.add(c.geometry.list(geometries)),
    links: links.length,
    links_at: words.add(c.link.list(links)),
    rows: most(boxes.map((axes) => countOf(axes.slice(0, -1).map(({ taps }) => taps)))),
    columns: network.width * most(segments.flatMap(({ tiles }) => tiles.map(tapsOf))),
    points: most(geometries.map(({ size }) => countOf(size))),
    buffers: most(segments.map(({ buffers }) => buffers)),
    places: most(geometries.map(placesOf)),
  });
}

/** How many taps along the last axis a tile reads, of all that it reads. */
const tapsOf = ({ readings }: PlacedTile): number =>
  readings.reduce((sum, { boxes }) => sum + boxes[boxes.length - 1].taps, 0);

/**
 * What becomes of the last tile of a segment: a result or weights of attention where no covariance is stored; a sum where every
 * pair of positions leads to the one place that there is, all with the same weight, as with a global average; and else any other
 * linear map.
 */
function sinkOf({ node, tiles }: Segment, stored: readonly StoredAxis[] | null, { output }: Network): number {
  if (!stored) return node.id === output ? OUTPUT : WEIGHTS;
  const isSum = tiles[tiles.length - 1].kind === "map" &&
    stored.every(({ size, weight }) => size === 1 && weight !== null);
  return isSum ? SUM : SCATTER;
}

/** Where lists go. */
type Lists = Pick<Words<unknown>, "add">;

/** The members of `struct stored`. */
type StoredMembers = ValuesOf<typeof c.stored>;

/** For nodes within segments, whose covariances are nowhere. */
const NOT_STORED: StoredMembers = {
  ...{
    positions: 0,
    offsets: 0,
    size: [],
    from: [],
    numbers: [],
    numbers_at: [],
    columns_at: [],
    entries: [],
  },
  ...{ local: false, terms: 0, scale: 0 },
};

/** `struct stored`: where the covariance after a segment has its offsets, and how the linear map leads there. */
function storedOf(
  segment: Segment,
  axes: readonly StoredAxis[],
  network: Network,
  words: Lists,
): StoredMembers {
  const numbers = axes.map(({ numbers }) => Math.max(...numbers) + 1);
  // A sum has its weight in the scale, as nothing else is left of its linear map.
  const isSum = sinkOf(segment, axes, network) === SUM;
  const isCopy = segment.tiles[segment.tiles.length - 1].kind === "copy";
  return {
    positions: countOf(axes.map(({ size }) => size)),
    offsets: countOf(numbers),
    size: axes.map(({ size }) => size),
    from: axes.map(({ from }) => from),
    numbers,
    numbers_at: axes.map(({ numbers }) => words.add(numbers)),
    columns_at: axes.map(({ columns }) => {
      const starts = columns.map((_, p) => countBefore(columns, p));
      return words.add([...starts, countBefore(columns, columns.length), ...c.entry.list(columns.flat())]);
    }),
    entries: axes.map(({ entries }) => entries),
    local: segment.node.local,
    terms: countOf(axes.map(({ terms }) => terms)),
    scale: countOf(
      axes.map(({ weight }, a) => (isCopy ? 1 : segment.node.axes[a].scale) * (isSum ? weight! : 1)),
    ),
  };
}

/** How many items the lists before the one at `end` have. */
const countBefore = (columns: readonly (readonly unknown[])[], end: number): number =>
  columns.slice(0, end).reduce((sum, column) => sum + column.length, 0);

/** Geometries and links have numbers throughout a plan. */
interface Starts {
  readonly firstGeometry: number;
  readonly firstLink: number;
}

function startsOf(segments: readonly PlacedSegment[]): Starts[] {
  return segments.map((_, k) => ({
    firstGeometry: countBefore(segments.map(({ geometries }) => geometries), k),
    firstLink: countBefore(segments.map(({ links }) => links), k),
  }));
}

/** `struct link`; its geometries are counted through the plan. */
const linkOf = ({ from, to, boxes }: Link, firstGeometry: number) => ({
  from: firstGeometry + from,
  to: firstGeometry + to,
  stride: boxes.map(({ stride }) => stride),
  first: boxes.map(({ first }) => first),
  taps: boxes.map(({ taps }) => taps),
});

/** `struct segment`, with its tiles as steps. */
function segmentOf(
  { segment, geometries, links, tiles, firstGeometry, firstLink }: PlacedSegment & Starts,
  plan: Plan,
  sink: number,
  functions: ReadonlyMap<PlacedTile, number>,
  words: Lists,
): ValuesOf<typeof c.segment> {
  // All lists go behind the head; the struct has their indices.
  const offsets = segmentOffsets(segment, plan);
  const steps = tiles.map((tile) => {
    const readings = tile.readings.map(({ buffer, link }) => ({ buffer, link: firstLink + link }));
    const isCopy = tile.kind === "copy";
    return {
      kind: kinds[tile.kind],
      geometry: firstGeometry + tile.geometry,
      buffer: tile.buffer,
      node: isCopy ? 0 : tile.node.id,
      // Those before the linear map of a node; behind those of all nodes, those after it
      variances: tile.node.id + (isCopy ? plan.needed.length : 0),
      function: functions.get(tile) ?? 0,
      readings: readings.length,
      readings_at: words.add(c.reading.list(readings)),
    };
  });
  return {
    wrap: segment.wrap.map(Number),
    offsets: offsets.map((list) => list.length),
    offsets_at: offsets.map((list) => words.add(list)),
    geometries: geometries.length,
    first_geometry: firstGeometry,
    links: links.length,
    first_link: firstLink,
    steps: tiles.length,
    steps_at: words.add(c.tileStep.list(steps)),
    sink,
    node: segment.node.id,
  };
}
