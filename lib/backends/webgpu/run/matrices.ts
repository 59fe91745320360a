/**
 * The matrices of mixing nodes as shaders/mix.wgsl reads them: dense, row by row. They come with the job (aggregation over a
 * graph), or follow from an input's own covariance (attention), which run/diagonal_pass.ts has the device compute.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { SparseMatrix } from "../../../spatial/axis.ts";
import type { Strip } from "./row_state.ts";

/** Those that came with the job, of some rows. */
export function denseMatrices(
  matrices: readonly SparseMatrix[],
  { first, count }: Strip,
  dtype: DType,
): Values {
  const size = matrices[first].length;
  const out = allocate(count * size ** 2, dtype);
  for (let row = 0; row < count; row++) {
    for (const [P, { at, weights }] of matrices[first + row].entries()) {
      at.forEach((p, k) => out[(row * size + P) * size + p] += weights[k]);
    }
  }
  return out;
}

/** Attention from its weights, which are kept as covariances are: w(P, p) at ((p − P) mod size)·size + P. */
export function attentionMatrices(weights: Values, size: number, softmax: boolean): Values {
  const out = weights.slice();
  for (let row = 0; row < weights.length; row += size ** 2) {
    for (let P = 0; P < size; P++) {
      for (let p = 0; p < size; p++) {
        out[row + P * size + p] = weights[row + (p - P + (p < P ? size : 0)) * size + P];
      }
      if (softmax) normalise(out.subarray(row + P * size, row + (P + 1) * size));
    }
  }
  return out;
}

/** eˣ / Σ eˣ, with the largest x subtracted first so that nothing overflows. */
function normalise(x: Values): void {
  const values = Float64Array.from(x);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  x.set(powers.map((power) => power / sum));
}
