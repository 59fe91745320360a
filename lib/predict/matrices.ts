/** Arithmetic of matrices: sums, rows and columns by factors, and a product that is symmetric to the last digit. */
import { NdArray } from "../array/mod.ts";
import { multiply, transposedMultiply } from "../linalg/products.ts";

/** Tᵀ·K·T for symmetric K, the mean of both ways to round it. */
export async function sandwich(k: NdArray, t: NdArray): Promise<NdArray<Float64Array>> {
  return plusTransposed(await transposedMultiply(t, await multiply(k, t)), 0.5);
}

/** factor·(A + Aᵀ) for a square A. */
export function plusTransposed(a: NdArray<Float64Array>, factor: number): NdArray<Float64Array> {
  const n = a.shape[0];
  const sum = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) sum[i * n + j] = factor * (a.data[i * n + j] + a.data[j * n + i]);
  }
  return new NdArray(sum, a.shape);
}

/** A − B. */
export function minus(a: NdArray, b: NdArray): NdArray<Float64Array> {
  return added(a, b, -1);
}

/** A + B. */
export function plus(a: NdArray, b: NdArray): NdArray<Float64Array> {
  return added(a, b, 1);
}

/** A + sign·B. */
function added(a: NdArray, b: NdArray, sign: 1 | -1): NdArray<Float64Array> {
  const sum = new Float64Array(b.size);
  for (let i = 0; i < sum.length; i++) sum[i] = a.data[i] + sign * b.data[i];
  return new NdArray(sum, b.shape);
}

/** A·diag(w)·B. */
export const weighted = (
  a: NdArray,
  w: Float64Array,
  b: NdArray<Float64Array>,
): Promise<NdArray<Float64Array>> => multiply(a, scaleRows(w, b));

/** diag(w)·A. */
export function scaleRows(w: Float64Array, a: NdArray<Float64Array>): NdArray<Float64Array> {
  const columns = a.shape[1];
  return new NdArray(a.data.map((value, i) => value * w[Math.floor(i / columns)]), a.shape);
}

/** A·diag(w). */
export function scaleColumns(a: NdArray<Float64Array>, w: Float64Array): NdArray<Float64Array> {
  const columns = a.shape[1];
  return new NdArray(a.data.map((value, i) => value * w[i % columns]), a.shape);
}
