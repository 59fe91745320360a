/** Maps of covariances against dense matrices, in every layout, and against what they do to arrays. */
import { random } from "../../mod.ts";
import { applyMap, diagonalOf, mix } from "../../lib/spatial/apply.ts";
import { doubles } from "../../lib/spatial/numbers.ts";
import {
  type AxisMap,
  convolution,
  diagonalMean,
  identity,
  keepsDiagonal,
  linear,
  pooling,
  type SparseMatrix,
  trace,
  transposedConvolution,
} from "../../lib/spatial/axis.ts";
import { resizing } from "../../lib/spatial/resizing.ts";
import { patches, tapsOf, transform } from "../../lib/spatial/finite.ts";
import { assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import { finished } from "../../lib/steps.ts";

const tolerance = { rtol: 1e-13, atol: 1e-14 };
const normal = (seed: number, count: number) => random.normal(random.key(seed), [count]).data as Float64Array;

/** T ⊗ U for rows of sparse matrices over two axes, as one dense matrix. */
function product(first: SparseMatrix, second: SparseMatrix, size1: number, size2: number): number[][] {
  return first.flatMap((row1) =>
    second.map((row2) => {
      const out = Array<number>(size1 * size2).fill(0);
      row1.at.forEach((p, i) =>
        row2.at.forEach((q, j) => out[p * size2 + q] += row1.weights[i] * row2.weights[j])
      );
      return out;
    })
  );
}

/** scale · Σ T·K·Tᵀ over all pairs of terms of two axes. */
function expected([a, b]: readonly AxisMap[], k: Float64Array): Float64Array {
  const size = a.size * b.size;
  const outSize = a.outSize * b.outSize;
  const out = new Float64Array(outSize ** 2);
  for (const first of a.terms) {
    for (const second of b.terms) {
      const matrix = product(first, second, a.size, b.size);
      for (let P = 0; P < outSize; P++) {
        for (let Q = 0; Q < outSize; Q++) {
          for (let p = 0; p < size; p++) {
            for (let q = 0; q < size; q++) {
              out[P * outSize + Q] += a.scale * b.scale * matrix[P][p] * matrix[Q][q] * k[p * size + q];
            }
          }
        }
      }
    }
  }
  return out;
}

const same = { size: 3, stride: 2, padding: "SAME" } as const;
const average = { average: true, normalizeEdges: true };
const axes: Record<string, readonly AxisMap[]> = {
  convolution: [convolution(5, same), convolution(3, { size: 2, stride: 1, padding: "CIRCULAR" })],
  transposed: [
    transposedConvolution(2, same),
    transposedConvolution(3, { size: 2, stride: 1, padding: "VALID" }),
  ],
  pooling: [pooling(5, same, average), pooling(3, { size: 2, stride: 1, padding: "VALID" }, average)],
  flattening: [trace(4), trace(3)],
  "the mean of a row": [diagonalMean(4), identity(3)],
  interpolation: [resizing(4, 5, { method: "linear", antialias: true }), identity(3)],
  "a convolution and pooling": [convolution(4, same), pooling(4, same, average)],
  "any matrix": [linear(2, [[0.5, -1], [2, 0], [0, 0]]), linear(3, [[1, 1, 1]])],
};

for (const [name, pair] of Object.entries(axes)) {
  const size = pair[0].size * pair[1].size;
  const k = normal(1, size * size);
  const full = expected(pair, k);

  Deno.test(`a full covariance under ${name}`, () => {
    const map = { axes: pair, local: false };
    assertClose(finished(applyMap(doubles, map, k, "full", "full")), full, tolerance);
    assertClose(
      finished(applyMap(doubles, map, k, "full", "diagonal")),
      diagonalOf(doubles, full),
      tolerance,
    );
  });

  Deno.test(`local weights leave the diagonal of ${name}`, () => {
    const map = { axes: pair, local: true };
    const outSize = Math.sqrt(full.length);
    const diagonal = full.map((value, i) => i % (outSize + 1) === 0 ? value : 0);
    assertClose(finished(applyMap(doubles, map, k, "full", "full")), diagonal, tolerance);
    if (!pair.every(keepsDiagonal)) return;
    assertClose(
      finished(applyMap(doubles, map, diagonalOf(doubles, k), "diagonal", "full")),
      diagonal,
      tolerance,
    );
  });

  if (pair.every(keepsDiagonal)) {
    Deno.test(`the diagonal alone under ${name}`, () => {
      const map = { axes: pair, local: false };
      assertClose(
        finished(applyMap(doubles, map, diagonalOf(doubles, k), "diagonal", "diagonal")),
        diagonalOf(doubles, full),
        tolerance,
      );
    });
  }

  if (pair.every(({ terms }) => terms.length === 1)) {
    Deno.test(`an array under ${name} has the covariance of the outputs`, () => {
      const x = normal(2, size);
      const y = transform(pair, x, 1);
      const covariance = Float64Array.from(
        { length: size ** 2 },
        (_, i) => x[Math.floor(i / size)] * x[i % size],
      );
      const outputs = Float64Array.from(
        { length: y.length ** 2 },
        (_, i) => y[Math.floor(i / y.length)] * y[i % y.length],
      );
      assertClose(
        finished(applyMap(doubles, { axes: pair, local: false }, covariance, "full", "full")),
        outputs,
        tolerance,
      );
    });
  }
}

Deno.test("patches are what the terms of a convolution read", () => {
  const pair = axes.convolution;
  const size = 15;
  const width = 2;
  const x = normal(3, size * width);
  const taps = tapsOf(pair);
  const read = patches(taps, x, width);
  const matrices = pair[0].terms.flatMap((first) =>
    pair[1].terms.map((second) => product(first, second, 5, 3))
  );
  assertDeepEquals([taps.count, taps.outPositions], [matrices.length, matrices[0].length]);
  const want = Array.from({ length: read.length }, (_, k) => {
    const [P, tap, c] = [Math.floor(k / width / taps.count), Math.floor(k / width) % taps.count, k % width];
    return matrices[tap][P].reduce((sum, weight, p) => sum + weight * x[p * width + c], 0);
  });
  assertClose(read, want);
});

Deno.test("mixing is A₁·K·A₂ᵀ, with a step after every row of both sums", () => {
  const [a1, a2] = [normal(4, 6), normal(5, 9)].map((values, i) => {
    const rows = [2, 3][i];
    return Array.from(
      { length: rows },
      (_, P) => ({ at: [0, 1, 2], weights: [...values.slice(P * 3, P * 3 + 3)] }),
    );
  });
  const k = normal(6, 9);
  const want = a1.flatMap((row) =>
    a2.map((column) =>
      row.weights.reduce(
        (sum, w, p) => sum + w * column.weights.reduce((inner, v, q) => inner + v * k[p * 3 + q], 0),
        0,
      )
    )
  );
  assertClose(finished(mix(doubles, a1, a2, k, "full")), want, tolerance);
  assertEquals([...mix(doubles, a1, a2, k, "full")].length, 3 + 2);
  const square = finished(mix(doubles, a2, a2, k, "full"));
  assertClose(finished(mix(doubles, a2, a2, k, "diagonal")), diagonalOf(doubles, square), tolerance);
});
