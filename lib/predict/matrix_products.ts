/** Sums of matrices, and products that are symmetric by definition and stay so to the last digit. */
import { NdArray, transpose } from "../array.ts";
import { matmul, matmulTransposed } from "../linalg/matmul.ts";

/** A·Aᵀ; entries (i, j) and (j, i) sum the same terms in the same order. */
export function gram(a: NdArray): NdArray<Float64Array> {
  return matmulTransposed(a, a);
}

/** Tᵀ·K·T for symmetric K, the mean of both ways to round it. */
export function sandwich(k: NdArray, t: NdArray): NdArray<Float64Array> {
  return plusTransposed(matmul(transpose(t), matmul(k, t)), 0.5);
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
  return new NdArray(Float64Array.from(b.data, (value, i) => a.data[i] - value), a.shape);
}

/** A + B. */
export function plus(a: NdArray, b: NdArray): NdArray<Float64Array> {
  return new NdArray(Float64Array.from(b.data, (value, i) => a.data[i] + value), a.shape);
}
