/**
 * (F·Fᵀ + D)⁻¹ for a low-rank F and a positive diagonal D, by the identity of Woodbury: with W = D^(−½)·F it is
 *
 *     D^(−½)·(I − W·(I + WᵀW)⁻¹·Wᵀ)·D^(−½)
 */
import { NdArray } from "../array/mod.ts";
import { factorize } from "../linalg/factor.ts";
import { productOf } from "../linalg/products.ts";
import { matrixView, transposed } from "../linalg/view.ts";
import type { Watch } from "../pause.ts";
import type { RowMap } from "./conjugate_gradients.ts";
import { ThinMatrix } from "./thin_matrix.ts";

/** That map, for Fᵀ of shape [rank, n], which is overwritten. */
export async function woodbury(
  factor: NdArray<Float64Array>,
  diagonal: Float64Array,
  { signal }: Pick<Watch, "signal">,
): Promise<RowMap> {
  const [rank, n] = factor.shape;
  const roots = diagonal.map((entry) => 1 / Math.sqrt(entry));
  const { data } = factor;
  for (let k = 0; k < rank; k++) for (let i = 0; i < n; i++) data[k * n + i] *= roots[i];
  // Rounds the entries, of which the inner matrix must be.
  const w = new ThinMatrix(data, rank, n);
  const view = matrixView(data, rank, n);
  const inner = await productOf(view, transposed(view), { signal });
  symmetrize(inner, 1);
  const { solve } = await factorize(inner, { name: "the preconditioner" });
  return async (v, columns, stop) => {
    const scaled = v.slice();
    scaleRows(scaled, columns, roots);
    const solved = await solve(new NdArray(await w.multiply(scaled, columns, stop), [rank, columns]));
    const image = await w.multiplyTransposed(solved.data, columns, stop);
    for (let at = 0; at < scaled.length; at++) scaled[at] -= image[at];
    scaleRows(scaled, columns, roots);
    return scaled;
  };
}

/** Every row times its factor. */
function scaleRows(rows: Float64Array, columns: number, factors: Float64Array): void {
  for (let i = 0; i < factors.length; i++) {
    for (let k = 0; k < columns; k++) rows[i * columns + k] *= factors[i];
  }
}

/** The lower triangle in place of the upper one, and a shift of the diagonal. */
function symmetrize({ data, shape: [n] }: NdArray<Float64Array>, shift: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) data[j * n + i] = data[i * n + j];
    data[i * n + i] += shift;
  }
}
