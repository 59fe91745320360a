/** Eigenvalues and eigenvectors of a regularized kernel, with the decision which of them are signal. */
import { NdArray, transpose } from "../array/mod.ts";
import { NotPositiveDefiniteError } from "../errors.ts";
import { diagonalize } from "../linalg/factor.ts";
import { eigenvalueNoise } from "../linalg/precision.ts";
import { multiply, multiplyTransposed } from "../linalg/products.ts";
import { largest, meanDiagonal } from "../linalg/symmetric.ts";
import { scaleColumns, scaleRows, weighted } from "./matrices.ts";

/** A symmetric kernel K, and what is to be added to it. */
export interface Regularized {
  readonly matrix: NdArray;
  /** Added to the diagonal, at least 0. */
  readonly shift: number;
  /** Size of negative eigenvalues, relative to the mean diagonal entry, that are taken for errors of a singular kernel. */
  readonly maxJitter: number;
  /** What messages call K. */
  readonly name: string;
  /** K was divided by it, so that nothing over- or underflows. */
  readonly unit: number;
}

/** Up to where the eigenvalues of K, in ascending order, are no signal: see `Spectrum`. */
export function floorOf(matrix: NdArray, values: Float64Array, maxJitter: number): number {
  const negative = -values[0];
  const rounding = eigenvalueNoise(matrix, Math.max(negative, values[values.length - 1]));
  return negative <= maxJitter * meanDiagonal(matrix) ? Math.max(rounding, 2 * negative) : rounding;
}

/** Share of the targets that a prediction may leave out; the posterior variance still covers what follows from less. */
const NEGLIGIBLE = 1e-3;

/** Component along a null direction, in units of what a positive semi-definite kernel can have, that is none of rounding. */
const IMPOSSIBLE = 100;

/**
 * K + shift·I = U·Λ·Uᵀ, split into range and null space.
 *
 * Eigenvalues of K up to the floor are no signal: they could be rounding errors, and so could be what other kernels have along
 * these directions. They are taken for 0. The floor is the `eigenvalueNoise` of K, or twice the size of the most negative
 * eigenvalue if that is within `maxJitter`: a kernel with an eigenvalue of −δ is wrong by δ, in other directions perhaps by more.
 * A shift above the floor makes all directions signal.
 */
export class Spectrum {
  /** U, a column for each eigenvalue. */
  readonly vectors: NdArray<Float64Array>;
  /** Λ in ascending order of the eigenvalues of K; the shift in null directions. */
  readonly values: Float64Array;
  /** The null directions are the columns `start` … `end` − 1. */
  readonly null: { readonly start: number; readonly end: number };
  /** Up to where eigenvalues of K are taken for 0. */
  readonly floor: number;
  /** Null directions that the kernel itself does not have: its entries, in float32, have too few digits to show them. */
  readonly #covered: readonly number[];
  readonly #of: Regularized;

  private constructor(of: Regularized, values: Float64Array, vectors: NdArray<Float64Array>, floor: number) {
    const isNull = values.map((value) => of.shift <= floor && Math.abs(value) <= floor ? 1 : 0);
    const count = isNull.reduce((sum, one) => sum + one, 0);
    const start = count === 0 ? 0 : isNull.indexOf(1);
    this.null = { start, end: start + count };
    this.values = values.map((value, j) => isNull[j] ? of.shift : value + of.shift);
    this.vectors = vectors;
    this.floor = floor;
    this.#of = of;
    // Equal rows have an eigenvalue of 0 in any precision, which float64 finds to its own rounding errors.
    const computed = values.length * Number.EPSILON * Math.max(-values[0], values[values.length - 1]);
    this.#covered = of.matrix.dtype === "float64"
      ? []
      : [...values.keys()].filter((j) => isNull[j] && Math.abs(values[j]) > computed);
  }

  /** The spectrum of a regularized kernel. */
  static async of(of: Regularized): Promise<Spectrum> {
    const { values: { data: values }, vectors } = await diagonalize(of.matrix, of.name);
    return new Spectrum(of, values, vectors, floorOf(of.matrix, values, of.maxJitter));
  }

  /** Number of eigenvalues that are signal. */
  get rank(): number {
    return this.values.length - (this.null.end - this.null.start);
  }

  /** Up to where eigenvalues are taken for 0; 0 if all of them are signal. */
  get jitter(): number {
    return this.rank === this.values.length ? 0 : this.floor;
  }

  /** The largest eigenvalue over the smallest that is signal; 1 if none is. */
  get condition(): number {
    const sizes = this.values.map(Math.abs).filter((_, j) => this.isSignal(j));
    return sizes.length === 0
      ? 1
      : sizes.reduce((a, b) => Math.max(a, b)) / sizes.reduce((a, b) => Math.min(a, b));
  }

  /** Whether column j belongs to the range. */
  isSignal(j: number): boolean {
    return j < this.null.start || j >= this.null.end;
  }

  /** Refuses a kernel with negative eigenvalues beyond rounding, which is the covariance of nothing. */
  requirePositive(): void {
    // Ascending: the first one that is signal is the smallest.
    const smallest = this.values[this.null.start === 0 ? this.null.end : 0];
    if (!(smallest <= 0)) return;
    const { name, unit } = this.#of;
    throw new NotPositiveDefiniteError(
      `Cannot predict as the eigenvalues of ${name} must not be negative: ` +
        `current value is ${(smallest * unit).toPrecision(3)}, ` +
        `and rounding explains ${(this.floor * unit).toPrecision(3)}; raise diagReg`,
    );
  }

  /** Refuses targets, given as Uᵀ·y, of which a share that counts lies where rounding to float32 has covered the kernel. */
  requireResolved({ data, shape: [, channels] }: NdArray<Float64Array>): void {
    if (this.#covered.length === 0) return;
    const squares = (j: number) =>
      data.subarray(j * channels, (j + 1) * channels).reduce((sum, value) => sum + value * value, 0);
    const all = this.values.reduce((sum, _, j) => sum + squares(j), 0);
    const share = Math.sqrt(this.#covered.reduce((sum, j) => sum + squares(j), 0) / (all || 1));
    if (share <= NEGLIGIBLE) return;
    const { name, unit } = this.#of;
    throw new NotPositiveDefiniteError(
      `Cannot predict as the share of the targets along eigenvalues of ${name} within its rounding errors in float32 ` +
        `(${(this.floor * unit).toPrecision(3)}) must be at most ${NEGLIGIBLE}: current value is ${
          share.toPrecision(3)
        }; ` +
        `compute the kernel in float64, or raise diagReg`,
    );
  }

  /** Uᵀ·B. */
  async coordinates(b: NdArray): Promise<NdArray<Float64Array>> {
    return transpose(await multiply(transpose(b), this.vectors));
  }

  /** (K + shift·I)⁺·B, the solution of least norm on the range. */
  async solve(b: NdArray): Promise<NdArray<Float64Array>> {
    return await weighted(this.vectors, this.#inverse(), await this.coordinates(b));
  }

  /** Λ⁺^½·Uᵀ·B: the half of a solve that a quadratic form needs. */
  async whiten(b: NdArray): Promise<NdArray<Float64Array>> {
    return scaleRows(this.#inverse().map(Math.sqrt), await this.coordinates(b));
  }

  /** The part of the training outputs that no training changes: the projection on eigenvalues of 0, shape [n, n]. */
  async unlearned(): Promise<NdArray<Float64Array>> {
    const mask = this.values.map((value) => value === 0 ? 1 : 0);
    return await multiplyTransposed(scaleColumns(this.vectors, mask), this.vectors);
  }

  /**
   * K*·U for a test–train kernel K*, where what rounding left along null directions is 0. A positive semi-definite kernel cannot
   * have more there than √(floor · variance).
   */
  async testVectors(testTrain: NdArray): Promise<NdArray<Float64Array>> {
    const vectors = await multiply(testTrain, this.vectors);
    const n = this.values.length;
    const possible = IMPOSSIBLE * Math.sqrt(this.floor * largest(this.#of.matrix.data));
    for (let row = 0; row < vectors.size; row += n) {
      for (let j = row + this.null.start; j < row + this.null.end; j++) {
        if (Math.abs(vectors.data[j]) <= possible) vectors.data[j] = 0;
      }
    }
    return vectors;
  }

  /** Refuses a test–train kernel with a component along null directions, given as K*·U of `testVectors`. */
  requireInRange({ data }: NdArray): void {
    const n = this.values.length;
    const bad = data.findIndex((value, at) => value !== 0 && !this.isSignal(at % n));
    if (bad < 0) return;
    throw new NotPositiveDefiniteError(
      `Cannot predict at infinite time as kTestTrain must be 0 in the directions in which kTrainTrain is: ` +
        `current value is ${data[bad].toPrecision(3)} for test output ${Math.floor(bad / n)}; ` +
        `compute both with one network`,
    );
  }

  #inverse(): Float64Array {
    return this.values.map((value, j) => this.isSignal(j) ? 1 / value : 0);
  }
}
