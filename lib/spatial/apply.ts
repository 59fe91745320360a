/** Linear maps of positions applied to covariances, densely and axis by axis: the definition for other backends. */
import { countOf } from "../array/dtype.ts";
import type { Steps } from "../steps.ts";
import type { AxisMap, SparseMatrix } from "./axis.ts";
import type { Layout } from "../program/program.ts";
import type { PositionMap } from "../program/nodes.ts";

/** Products that are summed in a step. */
const STEP_PRODUCTS = 2 ** 18;

/**
 * K′ of one pair of inputs; K is (p, q) row-major over all positions, or its diagonal.
 *
 * From a full K the diagonal alone can be wanted; from a diagonal one, the full K′ only if the map is local.
 */
export function* applyMap(
  map: PositionMap,
  k: Float64Array,
  layoutIn: Layout,
  layoutOut: Layout,
): Steps<Float64Array> {
  if (layoutIn === "full") {
    const full = yield* applyFull(map, k);
    return layoutOut === "full" ? full : diagonalOf(full);
  }
  const diagonal = map.axes.reduce(
    ({ k, lengths }, axis, at) => ({
      k: applyDiagonalAxis(axis, k, lengths, at),
      lengths: lengths.with(at, axis.outSize),
    }),
    { k, lengths: map.axes.map((axis) => axis.size) },
  ).k;
  return layoutOut === "full" ? onDiagonal(diagonal) : diagonal;
}

function* applyFull({ axes, local }: PositionMap, k: Float64Array): Steps<Float64Array> {
  let lengths = axes.map((axis) => axis.size);
  let full = k;
  for (const [at, axis] of axes.entries()) {
    full = yield* applyFullAxis(axis, full, lengths, at);
    lengths = lengths.with(at, axis.outSize);
  }
  return local ? onDiagonal(diagonalOf(full)) : full;
}

/** Applies one axis to both position indices at once. */
function* applyFullAxis(
  { terms, scale, outSize, size }: AxisMap,
  k: Float64Array,
  lengths: readonly number[],
  at: number,
): Steps<Float64Array> {
  const [outer, inner] = [countOf(lengths.slice(0, at)), countOf(lengths.slice(at + 1))];
  const [positions, outPositions] = [outer * size * inner, outer * outSize * inner];
  const out = new Float64Array(outPositions * outPositions);
  // Row-major (outer, axis, inner) of the first position times the same of the second.
  const first = (o: number, p: number, i: number) => (o * size + p) * inner + i;
  const firstOut = (o: number, P: number, i: number) => (o * outSize + P) * inner + i;
  const add = ([P, p, weight1]: Entry, [Q, q, weight2]: Entry) => {
    const weight = weight1 * weight2 * scale;
    for (let o1 = 0; o1 < outer; o1++) {
      for (let i1 = 0; i1 < inner; i1++) {
        const from = first(o1, p, i1) * positions;
        const to = firstOut(o1, P, i1) * outPositions;
        for (let o2 = 0; o2 < outer; o2++) {
          for (let i2 = 0; i2 < inner; i2++) {
            out[to + firstOut(o2, Q, i2)] += weight * k[from + first(o2, q, i2)];
          }
        }
      }
    }
  };
  let work = 0;
  for (const matrix of terms) {
    const entries = entriesOf(matrix);
    for (const one of entries) {
      for (const other of entries) add(one, other);
      if ((work += entries.length * (outer * inner) ** 2) < STEP_PRODUCTS) continue;
      work = 0;
      yield;
    }
  }
  return out;
}

/** Applies one axis whose terms have at most one entry a row: K′(P, P) = scale · Σₖ Tₖ(P, p)² K(p, p). */
function applyDiagonalAxis(
  { terms, scale, outSize, size }: AxisMap,
  k: Float64Array,
  lengths: readonly number[],
  at: number,
) {
  const [outer, inner] = [countOf(lengths.slice(0, at)), countOf(lengths.slice(at + 1))];
  const out = new Float64Array(outer * outSize * inner);
  for (const matrix of terms) {
    for (const [P, p, weight] of entriesOf(matrix)) {
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          out[(o * outSize + P) * inner + i] += weight * weight * scale * k[(o * size + p) * inner + i];
        }
      }
    }
  }
  return out;
}

/** Where an entry of a matrix is, and its value. */
type Entry = readonly [P: number, p: number, weight: number];

const entriesOf = (matrix: SparseMatrix): Entry[] =>
  matrix.flatMap(({ at, weights }, P) => at.map((p, k): Entry => [P, p, weights[k]]));

/** The diagonal of a square matrix. */
export function diagonalOf(full: Float64Array): Float64Array {
  const positions = Math.sqrt(full.length);
  return Float64Array.from({ length: positions }, (_, p) => full[p * positions + p]);
}

/** K′(P, Q) = Σₚ,q A₁(P, p) · A₂(Q, q) · K(p, q) for a full K, or its diagonal; with a step after every row. */
export function* mix(
  a1: SparseMatrix,
  a2: SparseMatrix,
  k: Float64Array,
  layoutOut: Layout,
): Steps<Float64Array> {
  const size = Math.sqrt(k.length);
  // First along q, so that both sums run over rows.
  const half = new Float64Array(size * a2.length);
  for (let p = 0; p < size; p++) {
    a2.forEach(({ at, weights }, Q) => {
      let sum = 0;
      for (let e = 0; e < at.length; e++) sum += weights[e] * k[p * size + at[e]];
      half[p * a2.length + Q] = sum;
    });
    yield;
  }
  const full = new Float64Array(a1.length * a2.length);
  for (const [P, { at, weights }] of a1.entries()) {
    at.forEach((p, e) => {
      for (let Q = 0; Q < a2.length; Q++) full[P * a2.length + Q] += weights[e] * half[p * a2.length + Q];
    });
    yield;
  }
  return layoutOut === "full" ? full : diagonalOf(full);
}

function onDiagonal(diagonal: Float64Array): Float64Array {
  const out = new Float64Array(diagonal.length ** 2);
  diagonal.forEach((value, p) => out[p * diagonal.length + p] = value);
  return out;
}
