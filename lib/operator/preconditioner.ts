/**
 * (F·Fᵀ + D)⁻¹ for a low-rank F and a positive diagonal D, by the identity of Woodbury: with W = D^(−½)·F it is
 *
 *     D^(−½)·(I − W·(I + WᵀW)⁻¹·Wᵀ)·D^(−½)
 */
import { NdArray } from "../array/mod.ts";
import { factorize } from "../linalg/factor.ts";
import { gramOfRows } from "../linalg/products.ts";
import { answering, type Watch } from "../pause.ts";
import { inRanges, type Steps } from "../steps.ts";
import type { RowMap } from "./conjugate_gradients.ts";
import { ThinMatrix } from "./thin_matrix.ts";

/** That map, for Fᵀ of shape [rank, n], which is overwritten. */
export async function woodbury(
  factor: NdArray<Float64Array>,
  diagonal: Float64Array,
  { signal }: Pick<Watch, "signal">,
): Promise<RowMap> {
  const [rank] = factor.shape;
  const roots = diagonal.map((entry) => 1 / Math.sqrt(entry));
  const w = await answering(scaled(factor, roots), { signal });
  const inner = await gramOfRows(factor);
  for (let k = 0; k < rank; k++) inner.data[k * (rank + 1)] += 1;
  const { solve } = await factorize(inner, { name: "the preconditioner" });
  return async (v, columns, stop) => {
    const own = v.slice();
    scaleRows(own, columns, roots);
    const solved = await solve(new NdArray(await w.multiply(own, columns, stop), [rank, columns]));
    const image = await w.multiplyTransposed(solved.data, columns, stop);
    for (let at = 0; at < own.length; at++) own[at] -= image[at];
    scaleRows(own, columns, roots);
    return own;
  };
}

/** Every row times its factor. */
function scaleRows(rows: Float64Array, columns: number, factors: Float64Array): void {
  for (let i = 0; i < factors.length; i++) {
    for (let k = 0; k < columns; k++) rows[i * columns + k] *= factors[i];
  }
}

/** Every column times its factor, in place, and rounded to the matrix that is kept: the inner matrix must be of the same entries. */
function* scaled(
  { data, shape: [rows, cols] }: NdArray<Float64Array>,
  factors: Float64Array,
): Steps<ThinMatrix> {
  yield* inRanges(rows, 1, (k) => {
    for (let i = 0, at = k * cols; i < cols; i++, at++) data[at] *= factors[i];
  });
  return yield* ThinMatrix.of(data, rows, cols);
}
