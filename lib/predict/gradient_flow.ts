/** Gradient flow on the squared loss in the eigenbasis of the train–train kernel. */
import { NdArray, transpose } from "../array.ts";
import type { Eigensystem } from "../linalg/eigh.ts";
import { multiply } from "../linalg/products.ts";

/**
 * The solution of f' = −(K·(f − y) + s·(f − f(0)))/N for N training outputs, in the eigenbasis K + s·I = U·Λ·Uᵀ: gradient flow
 * with a pull of strength s to the initial parameters, without one the equations 10 and 11 of Lee et al. 2019
 * (arXiv:1902.06720). Every weight keeps its digits for small λ·t and stays finite for λ = 0.
 */
export class GradientFlow {
  /** U, a column for each eigenvalue. */
  readonly vectors: NdArray<Float64Array>;
  /** Λ; what rounding made negative is 0. */
  readonly #values: Float64Array;
  readonly #outputs: number;
  readonly #shift: number;

  /** The flow for `outputs` = N training outputs, points × channels, with the spectrum of K + s·I for s = `shift`. */
  constructor({ values, vectors }: Eigensystem, outputs: number, shift: number) {
    this.vectors = vectors;
    this.#values = values.data.map((value) => Math.max(value, 0));
    this.#outputs = outputs;
    this.#shift = shift;
  }

  /** Uᵀ·B. */
  async coordinates(b: NdArray): Promise<NdArray<Float64Array>> {
    return transpose(await multiply(transpose(b), this.vectors));
  }

  /** (s + κ·e^{−λt/N})/λ for an eigenvalue κ = λ − s of K: what is left of the error after time t. */
  remaining(t: number): Float64Array {
    return this.#values.map((value) => this.#left(value, Math.exp(-value * t / this.#outputs)));
  }

  /** κ·(1 − e^{−λt/N})/λ: what has been learned of the error after time t. */
  learned(t: number): Float64Array {
    return this.#values.map((value) => -Math.expm1(-value * t / this.#outputs) * this.#share(value));
  }

  /** (1 − e^{−λt/N})/λ, the integral that carries the error to other points; t/N for λ = 0. */
  carried(t: number): Float64Array {
    return this.#values.map((value) =>
      value > 0 ? -Math.expm1(-value * t / this.#outputs) / value : t / this.#outputs
    );
  }

  /**
   * κ − κ²·(1 − e^{−2λt/N})/λ = κ·(s + κ·e^{−2λt/N})/λ: variance left at the training points when K itself is the initial
   * covariance and the targets have noise of variance s.
   */
  remainingVariance(t: number): Float64Array {
    return this.#values.map((value) =>
      value * this.#share(value) * this.#left(value, Math.exp(-2 * value * t / this.#outputs))
    );
  }

  /** κ/λ, exactly 1 without regularizer. */
  #share(value: number): number {
    return this.#shift === 0 || value === 0 ? 1 : Math.max(value - this.#shift, 0) / value;
  }

  /** (s + κ·decay)/λ, exactly `decay` without regularizer. */
  #left(value: number, decay: number): number {
    return this.#shift === 0 ? decay : this.#shift / value + this.#share(value) * decay;
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
