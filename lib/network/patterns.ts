/**
 * The patterns of a call: for every input the edges along which `Aggregate` sums. In: arrays of weights or of edges. Out: one pattern a
 * row, and the matrix that sums over its edges.
 */
import { type ArrayInput, countOf, finiteArray } from "../array/mod.ts";
import type { RowFacts } from "./kernel_expr.ts";
import type { SparseMatrix } from "../spatial/axis.ts";
import { wrongType } from "../options.ts";

/** The pattern of x1, and that of x2; null for none. */
export type PatternPair = readonly [ArrayInput | null, (ArrayInput | null)?];

/**
 * For each batch of `counts` examples the patterns of its rows; the same list for both where the same array was given. None
 * without patterns.
 */
export function patternsOf(pair: PatternPair | null, counts: readonly number[]): RowFacts["patterns"][] {
  if (pair === null) return [];
  if (Array.isArray(pair) && pair.length > 0 && pair.every((pattern) => pattern === null)) return [];
  if (!Array.isArray(pair) || pair.length < 1 || pair.length > 2) {
    throw wrongType("compute a kernel", "pattern", "a pair of arrays, one a batch", pair);
  }
  const [first, second = pair.length === 1 ? first : pair[1]] = pair as readonly ArrayInput[];
  if (counts.length === 1 && second !== null && second !== first) {
    throw new TypeError(
      "Cannot compute a kernel as pattern must have one array where x2 is null: current value is two, " +
        "write [pattern1]",
    );
  }
  const given = [first, second].slice(0, counts.length);
  const missing = given.findIndex((pattern) => pattern === null || pattern === undefined);
  if (missing >= 0) {
    throw new TypeError(
      `Cannot compute a kernel as pattern must have an array for x1 and x2: current value is null for x${
        missing + 1
      }`,
    );
  }
  const rows = given.map((pattern, k) => rowsOf(pattern!, `pattern[${k}]`, counts[k]));
  return first === second && rows.length > 1 && counts[0] === counts[1] ? [rows[0], rows[0]] : rows;
}

function rowsOf(pattern: ArrayInput, name: string, count: number): RowFacts["patterns"] {
  const a = finiteArray(pattern, name);
  if (a.shape.length < 3 || a.shape[0] !== count) {
    throw new TypeError(
      `Cannot compute a kernel as ${name} must have the shape (${count}, …), one pattern an example: ` +
        `current value is [${a.shape.join(", ")}]`,
    );
  }
  const step = a.size / count;
  const shape = a.shape.slice(1);
  return Array.from({ length: count }, (_, i) => ({
    data: Float64Array.from(a.data.subarray(i * step, (i + 1) * step)),
    shape,
  }));
}

/** Which positions are the nodes of the graph. */
export interface Nodes {
  readonly positions: readonly number[];
  /** The axes of positions that number the nodes; the others go along unchanged */
  readonly axes: readonly number[];
  /** The pattern is a list of edges */
  readonly sparse: boolean;
}

/** The weights of the edges that lead to a node, by their tails. */
type Edges = ReadonlyMap<number, number>;

/** A(P, p): the weight of the edge from position p to position P. */
export function patternMatrix(pattern: RowFacts["patterns"][number], nodes: Nodes): SparseMatrix {
  const { positions, axes, sparse } = nodes;
  const lengths = axes.map((axis) => positions[axis]);
  const incoming = sparse ? sparseEdges(pattern, lengths) : denseEdges(pattern, lengths);
  const strides = positions.map((_, axis) => countOf(positions.slice(axis + 1)));
  return Array.from({ length: countOf(positions) }, (_, P) => {
    const coordinate = (axis: number) => Math.floor(P / strides[axis]) % positions[axis];
    const node = axes.reduce((index, axis) => index * positions[axis] + coordinate(axis), 0);
    const rest = axes.reduce((p, axis) => p - coordinate(axis) * strides[axis], P);
    const edges = [...incoming[node]];
    return {
      at: edges.map(([tail]) => rest + placeOf(tail, lengths, axes.map((axis) => strides[axis]))),
      weights: edges.map(([, weight]) => weight),
    };
  });
}

/** The position of a node whose other coordinates are 0. */
function placeOf(node: number, lengths: readonly number[], strides: readonly number[]): number {
  return lengths.reduceRight(
    ({ place, rest }, length, i) => ({
      place: place + rest % length * strides[i],
      rest: Math.floor(rest / length),
    }),
    { place: 0, rest: node },
  ).place;
}

function denseEdges({ data, shape }: RowFacts["patterns"][number], lengths: readonly number[]): Edges[] {
  const expected = [...lengths, ...lengths];
  if (String(shape) !== String(expected)) {
    throw new TypeError(
      `Cannot apply Aggregate as a dense pattern must have the shape (batch, ${expected.join(", ")}): ` +
        `current value is (batch, ${shape.join(", ")})`,
    );
  }
  const count = countOf(lengths);
  return Array.from({ length: count }, (_, head) => {
    const tails = Array.from({ length: count }, (_, tail) => [tail, data[tail * count + head]] as const);
    return new Map(tails.filter(([, weight]) => weight !== 0));
  });
}

function sparseEdges({ data, shape }: RowFacts["patterns"][number], lengths: readonly number[]): Edges[] {
  const width = lengths.length;
  const isEdges = shape[shape.length - 1] === 2 &&
    (shape.length === 3 ? shape[1] === width : shape.length === 2 && width === 1);
  if (!isEdges) {
    throw new TypeError(
      `Cannot apply Aggregate as a sparse pattern must have the shape (batch, edges, ${width}, 2): ` +
        `current value is (batch, ${shape.join(", ")})`,
    );
  }
  const incoming = Array.from({ length: countOf(lengths) }, () => new Map<number, number>());
  for (let edge = 0; edge < shape[0]; edge++) {
    const end = (side: 0 | 1) => lengths.map((_, i) => data[(edge * width + i) * 2 + side]);
    const [from, head] = [nodeOf(end(0), lengths), nodeOf(end(1), lengths)];
    // The Python library leaves out edges without a head, but reads a missing tail as an index from the end.
    const tail = from < 0 ? incoming.length - 1 : from;
    if (head >= 0) incoming[head].set(tail, (incoming[head].get(tail) ?? 0) + 1);
  }
  return incoming;
}

/** The number of a node, or −1 if a coordinate is negative. */
function nodeOf(coordinates: readonly number[], lengths: readonly number[]): number {
  if (coordinates.some((value, i) => !Number.isInteger(value) || value >= lengths[i])) {
    throw new RangeError(
      `Cannot apply Aggregate as coordinates of a sparse pattern must be integers below ${
        lengths.join(", ")
      }: ` +
        `current value is ${coordinates.join(", ")}`,
    );
  }
  if (coordinates.some((value) => value < 0)) return -1;
  return coordinates.reduce((index, value, i) => index * lengths[i] + value, 0);
}
