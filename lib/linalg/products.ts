/** Products of dense matrices in float64: by the machine's BLAS where it has one and they are large, else in TypeScript. */
import { NdArray } from "../array/mod.ts";
import { answering, type Watch } from "../pause.ts";
import { product, viewOf } from "./matmul.ts";
import { type MatrixView, transposed } from "./view.ts";
import type { Lapack } from "./blas/mod.ts";

/** A·B, as of `matmul`. */
export function multiply(a: NdArray, b: NdArray): Promise<NdArray<Float64Array>> {
  return productOf(viewOf(a, "a"), viewOf(b, "b"));
}

/** A·Bᵀ, as of `matmulTransposed`. */
export function multiplyTransposed(a: NdArray, b: NdArray): Promise<NdArray<Float64Array>> {
  return productOf(viewOf(a, "a"), transposed(viewOf(b, "b")));
}

/** What stops a product: heard between its steps in TypeScript, and never by BLAS. */
type Stop = Pick<Watch, "signal">;

/** Aᵀ·B, shape [m, n] for A of shape [k, m] and B of shape [k, n]. */
export function transposedMultiply(a: NdArray, b: NdArray, stop: Stop = {}): Promise<NdArray<Float64Array>> {
  return productOf(transposed(viewOf(a, "a")), viewOf(b, "b"), stop);
}

/** A·Aᵀ, symmetric to the last digit. */
export function gramOfRows(a: NdArray): Promise<NdArray<Float64Array>> {
  return gramOf(viewOf(a, "a"));
}

/** Aᵀ·A, symmetric to the last digit. */
export function gramOfColumns(a: NdArray, stop: Stop = {}): Promise<NdArray<Float64Array>> {
  return gramOf(transposed(viewOf(a, "a")), stop);
}

/** Multiplications from which BLAS saves more time than it takes to load and to call. */
const LARGE = 2 ** 22;

const lapackFor = (multiplications: number) => multiplications < LARGE ? null : machineLapack();

/** A·B of views, each of them row-major or the transpose of what is. */
export async function productOf(
  a: MatrixView,
  b: MatrixView,
  stop: Stop = {},
): Promise<NdArray<Float64Array>> {
  const lapack = a.cols === b.rows ? await lapackFor(a.rows * a.cols * b.cols) : null;
  return lapack
    ? new NdArray(await lapack.multiply(a, b), [a.rows, b.cols])
    : await answering(product(a, b), stop);
}

async function gramOf(a: MatrixView, stop: Stop = {}): Promise<NdArray<Float64Array>> {
  const lapack = await lapackFor(a.rows ** 2 * a.cols / 2);
  // In TypeScript, entries (i, j) and (j, i) sum the same terms in the same order.
  return lapack
    ? new NdArray(await lapack.gram(a), [a.rows, a.rows])
    : await answering(product(a, transposed(a)), stop);
}

/** The machine's LAPACK, or null; its code is loaded only where there is Deno. */
export async function machineLapack(): Promise<Lapack | null> {
  if (typeof globalThis.Deno?.dlopen !== "function") return null;
  return await (await import("./blas/mod.ts")).lapack();
}
