/** Eigenvalues and eigenvectors of dense symmetric matrices in float64. */
import { NdArray } from "../array/mod.ts";
import type { Steps } from "../steps.ts";
import { implicitQl } from "./implicit_ql.ts";
import { ROTATED_ROWS, RotationQueue } from "./rotations.ts";
import { largest, requireSymmetric } from "./symmetric.ts";
import { accumulateReflectors, tridiagonalize } from "./tridiagonal.ts";

/** A = V·diag(λ)·Vᵀ. */
export interface Eigensystem {
  /** λ in ascending order, shape [n]. */
  readonly values: NdArray<Float64Array>;
  /** V, shape [n, n]; column j belongs to λⱼ. */
  readonly vectors: NdArray<Float64Array>;
}

/**
 * Eigenvalues (ascending) and orthonormal eigenvectors (columns) of a symmetric matrix of shape [n, n], by Householder
 * reduction to tridiagonal form and implicit QL; Golub & Van Loan, Matrix Computations, §8.3. The error of each
 * eigenvalue is a small multiple of eps·max|λ|. In steps.
 *
 * @param name what messages call the matrix
 * @throws {TypeError} if A is not a square matrix.
 * @throws {RangeError} if A is not symmetric up to √eps of its largest entry, or has an entry that is not finite.
 *
 * @example A 2 × 2 matrix
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { finished } from "../steps.ts";
 * import { eigh } from "./eigh.ts";
 *
 * const { values, vectors } = finished(eigh(array([[2, 1], [1, 2]])));
 * assert.ok(Math.abs(values.at(0) - 1) < 1e-15 && Math.abs(values.at(1) - 3) < 1e-15);
 * assert.ok(Math.abs(Math.abs(vectors.at(0, 1)) - Math.SQRT1_2) < 1e-15);
 * ```
 */
export function* eigh(a: NdArray, name = "a"): Steps<Eigensystem> {
  const n = yield* requireSymmetric(a, name);
  const scale = powerOfTwo(a);
  const v = scaled(a, scale, ROTATED_ROWS * Math.ceil(n / ROTATED_ROWS));
  const tridiagonal = yield* tridiagonalize(v, n);
  yield* accumulateReflectors(v, n);
  yield* implicitQl(tridiagonal, new RotationQueue(v, n));
  const d = tridiagonal.diagonal;
  const order = Uint32Array.from(d.keys()).sort((i, j) => d[i] - d[j]);
  const vectors = new Float64Array(n * n);
  for (let row = 0; row < n * n; row += n) {
    yield;
    for (let j = 0; j < n; j++) vectors[row + j] = v[row + order[j]];
  }
  const values = Float64Array.from(order, (i) => d[i] * scale);
  return { values: new NdArray(values, [n]), vectors: new NdArray(vectors, [n, n]) };
}

/**
 * Eigenvalues of a symmetric matrix of shape [n, n] in ascending order, shape [n], as `eigh` but several times faster.
 *
 * @throws {TypeError} if A is not a square matrix.
 * @throws {RangeError} if A is not symmetric up to √eps of its largest entry, or has an entry that is not finite.
 *
 * @example A diagonal matrix
 * ```ts
 * import assert from "node:assert/strict";
 * import { array } from "../array/mod.ts";
 * import { finished } from "../steps.ts";
 * import { eigvalsh } from "./eigh.ts";
 *
 * assert.deepEqual(finished(eigvalsh(array([[3, 0], [0, -1]]))).toNested(), [-1, 3]);
 * ```
 */
export function* eigvalsh(a: NdArray, name = "a"): Steps<NdArray<Float64Array>> {
  const n = yield* requireSymmetric(a, name);
  const scale = powerOfTwo(a);
  const tridiagonal = yield* tridiagonalize(scaled(a, scale, n), n);
  yield* implicitQl(tridiagonal, null);
  return new NdArray(tridiagonal.diagonal.map((value) => value * scale).sort(), [n]);
}

/** The power of two next to the largest entry: divided by it, no square in the reduction over- or underflows. */
function powerOfTwo(a: NdArray): number {
  const max = largest(a.data);
  return max === 0 ? 1 : 2 ** Math.floor(Math.log2(max));
}

/** A/scale, followed by rows of zeros up to `rows` rows. */
function scaled(a: NdArray, scale: number, rows: number): Float64Array {
  const data = new Float64Array(rows * a.shape[1]);
  for (let i = 0; i < a.data.length; i++) data[i] = a.data[i] / scale;
  return data;
}
