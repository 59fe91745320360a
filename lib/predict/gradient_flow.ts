/** Gradient flow on the squared loss in the eigenbasis of the train–train kernel. */
import { NdArray, transpose } from "../array.ts";
import type { Eigensystem } from "../linalg/eigh.ts";
import { multiply } from "../linalg/products.ts";

/**
 * The solution of f' = −K·(f − y)/N for N training outputs, in the eigenbasis K = U·Λ·Uᵀ; Lee et al. 2019
 * (arXiv:1902.06720), equations 10 and 11. Every weight keeps its digits for small λ·t and stays finite for λ = 0.
 */
export class GradientFlow {
  /** U, a column for each eigenvalue. */
  readonly vectors: NdArray<Float64Array>;
  /** Λ; what rounding made negative is 0. */
  readonly #values: Float64Array;
  readonly #outputs: number;

  /** The flow for `outputs` = N training outputs, points × channels. */
  constructor({ values, vectors }: Eigensystem, outputs: number) {
    this.vectors = vectors;
    this.#values = values.data.map((value) => Math.max(value, 0));
    this.#outputs = outputs;
  }

  /** Uᵀ·B. */
  async coordinates(b: NdArray): Promise<NdArray<Float64Array>> {
    return transpose(await multiply(transpose(b), this.vectors));
  }

  /** e^{−λt/N}: what is left of the error after time t. */
  remaining(t: number): Float64Array {
    return this.#values.map((value) => Math.exp(-value * t / this.#outputs));
  }

  /** 1 − e^{−λt/N}: what has been learned of the error after time t. */
  learned(t: number): Float64Array {
    return this.#values.map((value) => -Math.expm1(-value * t / this.#outputs));
  }

  /** (1 − e^{−λt/N})/λ, the integral that carries the error to other points; t/N for λ = 0. */
  carried(t: number): Float64Array {
    return this.#values.map((value) =>
      value > 0 ? -Math.expm1(-value * t / this.#outputs) / value : t / this.#outputs
    );
  }

  /** λ·e^{−2λt/N}: variance left at the training points when the kernel itself is the initial covariance. */
  remainingVariance(t: number): Float64Array {
    return this.#values.map((value) => value * Math.exp(-2 * value * t / this.#outputs));
  }
}

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
