/** Gradient flow on the squared loss in the eigenbasis of the train–train kernel. */
import type { NdArray } from "../array/mod.ts";
import type { Spectrum } from "./spectrum.ts";
import type { TrainKernel } from "./train_kernel.ts";

/**
 * The solution of f' = −(K·(f − y) + s·(f − f(0)))/N for N training outputs, in the eigenbasis K + s·I = U·Λ·Uᵀ: gradient flow
 * with a pull of strength s to the initial parameters, without one the equations 10 and 11 of Lee et al. 2019
 * (arXiv:1902.06720). Every weight keeps its digits for small λ·t, is finite for λ = 0 and has its limit at t = ∞. A negative
 * eigenvalue, which no kernel of a network has, makes outputs grow.
 */
export class GradientFlow {
  /** U, a column for each eigenvalue, and which of them are signal. */
  readonly spectrum: Spectrum;
  /** Λ in units of the kernel. */
  readonly #values: Float64Array;
  readonly #unit: number;
  readonly #outputs: number;
  readonly #shift: number;

  private constructor(spectrum: Spectrum, train: TrainKernel, outputs: number) {
    this.spectrum = spectrum;
    this.#values = spectrum.values;
    this.#unit = train.kernel.unit;
    this.#shift = train.shift;
    this.#outputs = outputs;
  }

  /** The flow for `outputs` = N training outputs, points × channels. */
  static async of(train: TrainKernel, outputs: number): Promise<GradientFlow> {
    return new GradientFlow(await train.spectrum(), train, outputs);
  }

  /** Refuses deviations, in the eigenbasis, that a kernel in float32 leaves open, unless the time is too short to see them. */
  requireResolved(coordinates: NdArray<Float64Array>, t: number): void {
    if (this.spectrum.floor * this.#tau(t) > 1) this.spectrum.requireResolved(coordinates);
  }

  /** (s + κ·e^{−λt/N})/λ for an eigenvalue κ = λ − s of K: what is left of the error after time t. */
  remaining(t: number): Float64Array {
    return this.#values.map((value) => this.#left(value, Math.exp(-this.#decay(value, t))));
  }

  /** κ·(1 − e^{−λt/N})/λ: what has been learned of the error after time t. */
  learned(t: number): Float64Array {
    return this.#values.map((value) => -Math.expm1(-this.#decay(value, t)) * this.#share(value));
  }

  /** (1 − e^{−λt/N})/λ, the integral that carries the error to other points; for λ = 0, t/N and at infinite time 0. */
  carried(t: number): Float64Array {
    return this.#values.map((value) => {
      if (value !== 0) return -Math.expm1(-this.#decay(value, t)) / value;
      return t === Infinity ? 0 : this.#tau(t);
    });
  }

  /**
   * κ − κ²·(1 − e^{−2λt/N})/λ = κ·(s + κ·e^{−2λt/N})/λ: variance left at the training points when K itself is the initial
   * covariance and the targets have noise of variance s.
   */
  remainingVariance(t: number): Float64Array {
    return this.#values.map((value) =>
      value * this.#share(value) * this.#left(value, Math.exp(-2 * this.#decay(value, t)))
    );
  }

  /** κ/λ, exactly 1 without regularizer. */
  #share(value: number): number {
    return this.#shift === 0 || value === 0 ? 1 : (value - this.#shift) / value;
  }

  /** (s + κ·decay)/λ, exactly `decay` without regularizer. */
  #left(value: number, decay: number): number {
    return this.#shift === 0 || value === 0 ? decay : this.#shift / value + this.#share(value) * decay;
  }

  /** λt/N. */
  #decay(value: number, t: number): number {
    return value === 0 ? 0 : value * this.#tau(t);
  }

  /** t/N in the unit of time that belongs to that of the kernel. */
  #tau(t: number): number {
    return t / this.#outputs * this.#unit;
  }
}
