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
  const w = matrixView(data, rank, n);
  const inner = await productOf(w, transposed(w), { signal });
  symmetrize(inner, 1);
  const { solve } = await factorize(inner, { name: "the preconditioner" });
  return async (v, columns, stop) => {
    const scaled = v.slice();
    scaleRows(scaled, columns, roots);
    const view = matrixView(scaled, n, columns);
    const solved = await solve(await productOf(w, view, stop));
    const image = await productOf(transposed(w), matrixView(solved.data, rank, columns), stop);
    for (let at = 0; at < scaled.length; at++) scaled[at] -= image.data[at];
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
