/** Cholesky factorization in float64, with a jitter that is bounded by the caller and always reported. */
import { NdArray } from "../array/mod.ts";
import { NotPositiveDefiniteError } from "../errors.ts";
import { inRanges, type Steps } from "../steps.ts";
import { gemm } from "./gemm.ts";
import { roundingLevel } from "./precision.ts";
import { meanDiagonal, requireSymmetric } from "./symmetric.ts";
import { block, matrixView, transposed } from "./view.ts";

/** Columns factored at a time; the rest of the work is one matrix product a block, at the speed of `gemm`. */
const BLOCK = 48;
/** Rows below a block that are eliminated in a step, a millisecond. */
const STEP_ROWS = 512;

/** A Cholesky factor and what had to be added to the diagonal for it. */
export interface CholeskyFactor {
  /** Lower triangular L, shape [n, n], zeros above the diagonal. */
  readonly lower: NdArray<Float64Array>;
  /** What was added to every diagonal entry besides `shift`; 0 if nothing was needed. */
  readonly jitter: number;
}

/** What `cholesky` may add to the diagonal, and how it calls the matrix in messages. */
export interface CholeskyOptions {
  /** Added to the diagonal in any case, in absolute units. Default 0. */
  readonly shift?: number;
  /** Largest jitter allowed, as a multiple of the mean diagonal entry. Default 0: none. */
  readonly maxJitter?: number;
  /** What messages call the matrix. Default "a". */
  readonly name?: string;
}

interface Pivot {
  readonly index: number;
  readonly value: number;
  readonly floor: number;
}

/**
 * L with L·Lᵀ = A + (shift + jitter)·I for a symmetric positive definite A of shape [n, n], in steps.
 *
 * The jitter is 0 whenever every pivot exceeds its own rounding error, aⱼⱼ times the `roundingLevel` of A. Otherwise it grows
 * tenfold from ten times that rounding error up to `maxJitter` times the mean diagonal entry, and the first that works is
 * reported.
 *
 * @throws {TypeError} if A is not a square matrix.
 * @throws {RangeError} if A is not symmetric up to √eps of its largest entry, or has an entry that is not finite.
 * @throws {NotPositiveDefiniteError} if no jitter up to the limit suffices; it names the pivot that failed.
 *
 * @example A factor without and with jitter
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { finished } from "../steps.ts";
 * import { cholesky } from "./cholesky.ts";
 *
 * const factor = finished(cholesky(array([[4, 2], [2, 5]])));
 * assert.deepEqual(factor.lower.toNested(), [[2, 0], [1, 2]]);
 * assert.equal(factor.jitter, 0);
 * const { jitter } = finished(cholesky(array([[1, 1], [1, 1]]), { maxJitter: 1e-10 }));
 * assert.ok(jitter > 0 && jitter <= 1e-10);
 * ```
 */
export function* cholesky(
  a: NdArray,
  { shift = 0, maxJitter = 0, name = "a" }: CholeskyOptions = {},
): Steps<CholeskyFactor> {
  const n = yield* requireSymmetric(a, name);
  const scale = meanDiagonal(a) + shift;
  let failed: Pivot | null = null;
  for (const relative of jitters(roundingLevel(a), scale > 0 ? maxJitter : 0)) {
    const jitter = relative * scale;
    const lower = lowerTriangle(a, shift + jitter);
    failed = yield* factorInPlace(lower, n, roundingLevel(a));
    if (failed === null) return { lower: new NdArray(lower, [n, n]), jitter };
  }
  throw notPositiveDefinite(failed!, name, maxJitter * scale);
}

/** Relative jitters to try: none, then growing tenfold from ten times the rounding error, the limit last. */
function* jitters(noise: number, limit: number): Generator<number> {
  yield 0;
  for (let jitter = 10 * noise; jitter < limit / 2; jitter *= 10) yield jitter;
  if (limit > 0) yield limit;
}

/** The lower triangle of A + shift·I. */
export function lowerTriangle(a: NdArray, shift: number): Float64Array {
  const n = a.shape[0];
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    lower.set(a.data.subarray(i * n, i * n + i + 1), i * n);
    lower[i * n + i] += shift;
  }
  return lower;
}

/** The rounding errors of the pivots, `noise` times the diagonal, each of which its pivot must exceed. */
export function pivotFloors(data: Float64Array, n: number, noise: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => noise * Math.abs(data[i * n + i]));
}

/** Overwrites a lower triangle with its factor, or returns the first pivot that rounding errors could have made. */
function* factorInPlace(data: Float64Array, n: number, noise: number): Steps<Pivot | null> {
  const l = matrixView(data, n, n);
  const floors = pivotFloors(data, n, noise);
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(start + BLOCK, n);
    yield* gemm(
      -1,
      block(l, start, n, 0, start),
      transposed(block(l, start, end, 0, start)),
      block(l, start, n, start, end),
    );
    for (let row = start; row < end; row++) {
      eliminateRow(data, n, row, start, row);
      const value = data[row * n + row] - squaredNorm(data, row * n + start, row * n + row);
      if (!(value > floors[row])) return { index: row, value, floor: floors[row] };
      data[row * n + row] = Math.sqrt(value);
      // The product above has also written to the right of the diagonal.
      data.fill(0, row * n + row + 1, row * n + end);
    }
    yield* inRanges(n - end, STEP_ROWS, (from, to) => {
      for (let row = end + from; row < end + to; row++) eliminateRow(data, n, row, start, end);
    });
  }
  return null;
}

/** Solves for the entries `start` … `end` − 1 of one row of L by forward substitution. */
function eliminateRow(data: Float64Array, n: number, row: number, start: number, end: number): void {
  for (let k = start; k < end; k++) {
    let sum = data[row * n + k];
    for (let p = start; p < k; p++) sum -= data[row * n + p] * data[k * n + p];
    data[row * n + k] = sum / data[k * n + k];
  }
}

function squaredNorm(data: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += data[k] * data[k];
  return sum;
}

function notPositiveDefinite({ index, value, floor }: Pivot, name: string, jitter: number): Error {
  return new NotPositiveDefiniteError(
    `Cannot factor ${name} as its smallest pivot must exceed its rounding error ${floor.toPrecision(3)}: ` +
      `current value is ${value.toPrecision(3)} at index ${index} ` +
      `${jitter > 0 ? `with jitter ${jitter.toPrecision(3)}` : "without jitter"}; raise diagReg`,
    index,
  );
}
