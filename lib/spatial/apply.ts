/**
 * Linear maps of positions applied to covariances, densely and axis by axis, in any precision: the definition for other backends.
 */
import { countOf } from "../array/dtype.ts";
import type { Steps } from "../steps.ts";
import type { AxisMap, SparseMatrix } from "./axis.ts";
import type { Numbers } from "./numbers.ts";
import type { Layout } from "../program/program.ts";
import type { PositionMap } from "../program/nodes.ts";

/** Products that are summed in a step. */
const STEP_PRODUCTS = 2 ** 18;

/**
 * K′ of one pair of inputs; K is (p, q) row-major over all positions, or its diagonal.
 *
 * From a full K the diagonal alone can be wanted; from a diagonal one, the full K′ only if the map is local.
 */
export function* applyMap<V, F>(
  numbers: Numbers<V, F>,
  map: PositionMap,
  k: V,
  layoutIn: Layout,
  layoutOut: Layout,
): Steps<V> {
  if (layoutIn === "full") {
    const full = yield* applyFull(numbers, map, k);
    return layoutOut === "full" ? full : diagonalOf(numbers, full);
  }
  const diagonal = map.axes.reduce(
    ({ k, lengths }, axis, at) => ({
      k: applyDiagonalAxis(numbers, axis, k, lengths, at),
      lengths: lengths.with(at, axis.outSize),
    }),
    { k, lengths: map.axes.map((axis) => axis.size) },
  ).k;
  return layoutOut === "full" ? onDiagonal(numbers, diagonal) : diagonal;
}

function* applyFull<V, F>(numbers: Numbers<V, F>, { axes, local }: PositionMap, k: V): Steps<V> {
  let lengths = axes.map((axis) => axis.size);
  let full = k;
  for (const [at, axis] of axes.entries()) {
    full = yield* applyFullAxis(numbers, axis, full, lengths, at);
    lengths = lengths.with(at, axis.outSize);
  }
  return local ? onDiagonal(numbers, diagonalOf(numbers, full)) : full;
}

/** Applies one axis to both position indices at once. */
function* applyFullAxis<V, F>(
  { zeros, factor, addTimes }: Numbers<V, F>,
  { terms, scale, outSize, size }: AxisMap,
  k: V,
  lengths: readonly number[],
  at: number,
): Steps<V> {
  const [outer, inner] = [countOf(lengths.slice(0, at)), countOf(lengths.slice(at + 1))];
  const [positions, outPositions] = [outer * size * inner, outer * outSize * inner];
  const out = zeros(outPositions * outPositions);
  // Row-major (outer, axis, inner) of the first position times the same of the second.
  const first = (o: number, p: number, i: number) => (o * size + p) * inner + i;
  const firstOut = (o: number, P: number, i: number) => (o * outSize + P) * inner + i;
  const add = ([P, p, weight1]: Entry, [Q, q, weight2]: Entry) => {
    const weight = factor(weight1, weight2, scale);
    for (let o1 = 0; o1 < outer; o1++) {
      for (let i1 = 0; i1 < inner; i1++) {
        const from = first(o1, p, i1) * positions;
        const to = firstOut(o1, P, i1) * outPositions;
        for (let o2 = 0; o2 < outer; o2++) {
          for (let i2 = 0; i2 < inner; i2++) {
            addTimes(out, to + firstOut(o2, Q, i2), weight, k, from + first(o2, q, i2));
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
function applyDiagonalAxis<V, F>(
  { zeros, factor, addTimes }: Numbers<V, F>,
  { terms, scale, outSize, size }: AxisMap,
  k: V,
  lengths: readonly number[],
  at: number,
): V {
  const [outer, inner] = [countOf(lengths.slice(0, at)), countOf(lengths.slice(at + 1))];
  const out = zeros(outer * outSize * inner);
  for (const matrix of terms) {
    for (const [P, p, weight] of entriesOf(matrix)) {
      const square = factor(weight, weight, scale);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          addTimes(out, (o * outSize + P) * inner + i, square, k, (o * size + p) * inner + i);
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
export function diagonalOf<V, F>({ zeros, count, factor, addTimes }: Numbers<V, F>, full: V): V {
  const positions = Math.sqrt(count(full));
  const [diagonal, once] = [zeros(positions), factor(1)];
  for (let p = 0; p < positions; p++) addTimes(diagonal, p, once, full, p * positions + p);
  return diagonal;
}

/** K′(P, Q) = Σₚ,q A₁(P, p) · A₂(Q, q) · K(p, q) for a full K, or its diagonal; with a step after every row. */
export function* mix<V, F>(
  numbers: Numbers<V, F>,
  a1: SparseMatrix<F>,
  a2: SparseMatrix<F>,
  k: V,
  layoutOut: Layout,
): Steps<V> {
  const { zeros, count, addTimes } = numbers;
  const size = Math.sqrt(count(k));
  // First along q, so that both sums run over rows.
  const half = zeros(size * a2.length);
  for (let p = 0; p < size; p++) {
    a2.forEach(({ at, weights }, Q) => {
      for (let e = 0; e < at.length; e++) {
        addTimes(half, p * a2.length + Q, weights[e], k, p * size + at[e]);
      }
    });
    yield;
  }
  const full = zeros(a1.length * a2.length);
  for (const [P, { at, weights }] of a1.entries()) {
    at.forEach((p, e) => {
      for (let Q = 0; Q < a2.length; Q++) {
        addTimes(full, P * a2.length + Q, weights[e], half, p * a2.length + Q);
      }
    });
    yield;
  }
  return layoutOut === "full" ? full : diagonalOf(numbers, full);
}

function onDiagonal<V, F>({ zeros, count, factor, addTimes }: Numbers<V, F>, diagonal: V): V {
  const [length, once] = [count(diagonal), factor(1)];
  const out = zeros(length ** 2);
  for (let p = 0; p < length; p++) addTimes(out, p * length + p, once, diagonal, p);
  return out;
}
