/** Maps of axes against what they stand for: windows over padded arrays, their adjoints, interpolation. */
import { assert, assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import {
  type AxisMap,
  convolution,
  diagonalMean,
  identity,
  keepsDiagonal,
  linear,
  type Padding,
  pooling,
  selection,
  type SparseMatrix,
  trace,
  transposedConvolution,
  type Window,
} from "../../lib/spatial/axis.ts";
import { resizing } from "../../lib/spatial/resizing.ts";

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const paddings: readonly Padding[] = ["SAME", "VALID", "CIRCULAR"];

/** Windows of all kinds that fit. */
const windows = range(6).flatMap((length) =>
  range(5).flatMap((size) =>
    [1, 2, 3].flatMap((stride) =>
      paddings.map((padding) => ({ size: length + 1, window: { size: size + 1, stride, padding } }))
    )
  )
).filter(({ size, window }) => window.padding !== "VALID" || window.size <= size);

const dense = (matrix: SparseMatrix, size: number): number[][] =>
  matrix.map(({ at, weights }) => {
    const row = Array<number>(size).fill(0);
    at.forEach((p, k) => row[p] += weights[k]);
    return row;
  });

const transposed = (matrix: number[][]): number[][] => matrix[0].map((_, p) => matrix.map((row) => row[p]));

const named = ({ size, window }: { size: number; window: Window }) =>
  `${window.size} taps over ${size} positions, stride ${window.stride}, ${window.padding}`;

/** The positions of the padded axis, −1 for zeros: what a window slides over. */
function padded(size: number, { size: taps, stride, padding }: Window): number[] {
  if (padding === "VALID") return range(size);
  const outputs = Math.ceil(size / stride);
  const missing = Math.max((outputs - 1) * stride + taps - size, 0);
  const before = Math.floor(missing / 2);
  const inside = (p: number) => p >= 0 && p < size;
  return range(size + missing).map((k) => k - before).map((p) =>
    inside(p) ? p : padding === "CIRCULAR" ? ((p % size) + size) % size : -1
  );
}

Deno.test("a convolution reads what a window over the padded axis reads, tap by tap", () => {
  for (const { size, window } of windows) {
    const positions = padded(size, window);
    const { terms, outSize, scale } = convolution(size, window);
    const expected = range(Math.floor((positions.length - window.size) / window.stride) + 1);
    assertEquals(outSize, expected.length, named({ size, window }));
    assertEquals(scale, 1 / window.size);
    for (const [tap, term] of terms.entries()) {
      const reads = term.map(({ at }) => at[0] ?? -1);
      assertDeepEquals(
        reads,
        expected.map((P) => positions[P * window.stride + tap]),
        named({ size, window }),
      );
      assert(term.every(({ weights }) => weights.every((weight) => weight === 1)));
    }
  }
});

Deno.test("pooling is the sum of a convolution's taps, or its mean over all of them or those inside", () => {
  for (const { size, window } of windows) {
    const taps = convolution(size, window).terms.map((term) => dense(term, size));
    const sums = taps.reduce((a, b) => a.map((row, P) => row.map((value, p) => value + b[P][p])));
    const pooled = (average: boolean, normalizeEdges: boolean) => {
      const { terms: [matrix], scale } = pooling(size, window, { average, normalizeEdges });
      assertEquals(scale, 1);
      return dense(matrix, size).flat();
    };
    const over = (divisor: (row: number[]) => number) =>
      sums.flatMap((row) => row.map((w) => w / divisor(row)));
    assertClose(pooled(false, false), sums.flat(), { rtol: 1e-15 });
    assertClose(pooled(true, false), over(() => window.size), { rtol: 1e-15 });
    const inside = (row: number[]) => row.reduce((sum, weight) => sum + weight, 0);
    assertClose(pooled(true, true), over(inside), { rtol: 1e-15 });
  }
});

Deno.test("a transposed convolution is the adjoint of the convolution that gives its input", () => {
  for (const length of range(6)) {
    for (const { window } of windows) {
      const size = length + 1;
      const map = transposedConvolution(size, window);
      // The forward window must fit, and CIRCULAR must not reach around more than once.
      if (window.size > map.outSize) continue;
      const forward = convolution(map.outSize, window);
      assertEquals(forward.outSize, size, named({ size, window }));
      const own = map.terms.map((term) => dense(term, size));
      const adjoint = forward.terms.map((term) => transposed(dense(term, map.outSize))).toReversed();
      assertDeepEquals(own, adjoint, named({ size, window }));
    }
  }
});

Deno.test("a transposed convolution never reads a position twice", () => {
  for (const { size, window } of windows) assert(keepsDiagonal(transposedConvolution(size, window)));
});

Deno.test("which maps keep the diagonal", () => {
  const window: Window = { size: 3, stride: 1, padding: "SAME" };
  const kept: AxisMap[] = [
    convolution(4, window),
    trace(4),
    diagonalMean(4),
    identity(4),
    selection(4, [2, -1]),
  ];
  const lost = [pooling(4, window, { average: true, normalizeEdges: false }), linear(2, [[1, 1]])];
  for (const map of kept) assert(keepsDiagonal(map));
  for (const map of lost) assert(!keepsDiagonal(map));
  // Whole windows that do not overlap are no exception: their outputs depend on pairs within.
  assert(
    !keepsDiagonal(
      pooling(4, { size: 2, stride: 2, padding: "VALID" }, { average: false, normalizeEdges: false }),
    ),
  );
  assert(
    keepsDiagonal(
      pooling(4, { size: 1, stride: 2, padding: "VALID" }, { average: true, normalizeEdges: false }),
    ),
  );
});

Deno.test("interpolation keeps constants and, inside, straight lines", () => {
  for (const [size, outSize] of [[2, 5], [3, 7], [5, 3], [6, 2], [4, 9]]) {
    for (const antialias of [true, false]) {
      const { terms: [matrix] } = resizing(size, outSize, { method: "linear", antialias });
      const rows = dense(matrix, size);
      assertClose(rows.map((row) => row.reduce((a, b) => a + b, 0)), rows.map(() => 1), { rtol: 1e-14 });
      if (antialias && size > outSize) continue;
      for (const [P, row] of rows.entries()) {
        const center = Math.max(0, Math.min(size - 1, (P + 0.5) * size / outSize - 0.5));
        assertClose(row.reduce((sum, weight, p) => sum + weight * p, 0), center, {
          rtol: 1e-14,
          atol: 1e-14,
        });
      }
    }
  }
});

Deno.test("the nearest position is the one that a part's centre lies in", () => {
  const reads = (size: number, outSize: number) =>
    resizing(size, outSize, { method: "nearest", antialias: true }).terms[0].map(({ at }) => at[0]);
  assertDeepEquals(reads(2, 4), [0, 0, 1, 1]);
  assertDeepEquals(reads(4, 2), [1, 3]);
  assertDeepEquals(reads(3, 5), [0, 0, 1, 2, 2]);
});

Deno.test("flattening keeps the mean of the diagonal, and a mean can be everywhere", () => {
  assertDeepEquals(trace(3).terms.map((term) => dense(term, 3)), [[[1, 0, 0]], [[0, 1, 0]], [[0, 0, 1]]]);
  assertEquals(trace(3).scale, 1 / 3);
  const { terms, scale, outSize } = diagonalMean(2);
  assertDeepEquals(terms.map((term) => dense(term, 2)), [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]);
  assertDeepEquals([scale, outSize], [1 / 2, 2]);
});
