/**
 * Covariances between segments: where each offset and position is, and how the linear map of a node leads there. In: a segment of a
 * plan. Out, for encode.ts: for every axis a number for each offset, and the columns of the map.
 */
import { modulo, type SparseMatrix } from "../../../../spatial/axis.ts";
import { offsetsBefore, type Plan, type Segment } from "./plan.ts";

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

/** What a segment stores, axis by axis. */
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
