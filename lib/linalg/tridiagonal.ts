/** Householder reduction of a symmetric matrix to tridiagonal form; Golub & Van Loan, Matrix Computations, §8.3.1. */
import type { Steps } from "../steps.ts";

/** A = Q·T·Qᵀ: the diagonal of T and `offDiagonal[i]` between rows i − 1 and i (entry 0 is 0). */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
}

/**
 * Reduces the lower triangle of the row-major n × n matrix `a` in place. Row i of the lower triangle then holds the
 * reflector of step i and the diagonal its factor τ, which `accumulateReflectors` turns into Q.
 *
 * Rows are eliminated from the last to the first, so that every vector is a contiguous piece of a row.
 */
export function* tridiagonalize(a: Float64Array, n: number): Steps<Tridiagonal> {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const product = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    yield;
    const v = a.subarray(i * n, i * n + i);
    const { beta, tau } = reflector(v);
    offDiagonal[i] = beta;
    diagonal[i] = a[i * n + i];
    a[i * n + i] = tau;
    if (tau !== 0) reflectBothSides(a, n, v, tau, product.subarray(0, i));
  }
  diagonal[0] = a[0];
  a[0] = 0;
  return { diagonal, offDiagonal };
}

/** Overwrites x with v (last entry 1) such that (I − τ·v·vᵀ)·x = (0, …, 0, β). */
function reflector(x: Float64Array): { beta: number; tau: number } {
  const last = x.length - 1;
  const alpha = x[last];
  let squares = 0;
  for (let k = 0; k < last; k++) squares += x[k] * x[k];
  x[last] = 1;
  if (squares === 0) return { beta: alpha, tau: 0 };
  // The sign of β is opposite to α, so that α − β adds two numbers of one sign.
  const beta = alpha > 0 ? -Math.sqrt(alpha * alpha + squares) : Math.sqrt(alpha * alpha + squares);
  for (let k = 0; k < last; k++) x[k] /= alpha - beta;
  return { beta, tau: (beta - alpha) / beta };
}

/** A ← H·A·H = A − v·wᵀ − w·vᵀ on the leading block, with w = p − (τ/2)(vᵀp)·v and p = τ·A·v. */
function reflectBothSides(a: Float64Array, n: number, v: Float64Array, tau: number, w: Float64Array): void {
  const size = v.length;
  symmetricProduct(a, n, v, w);
  let overlap = 0;
  for (let k = 0; k < size; k++) overlap += w[k] * v[k];
  const shift = tau * overlap / 2;
  for (let k = 0; k < size; k++) w[k] = tau * (w[k] - shift * v[k]);
  for (let row = 0; row < size; row++) {
    const vRow = v[row], wRow = w[row];
    for (let k = 0, at = row * n; k <= row; k++, at++) a[at] -= vRow * w[k] + wRow * v[k];
  }
}

/** p = A·v from the lower triangle of the leading block; four rows at once, so that no sum waits for the last one. */
function symmetricProduct(a: Float64Array, n: number, v: Float64Array, p: Float64Array): void {
  p.fill(0);
  const size = v.length;
  const paired = size - size % 4;
  for (let row = 0; row < paired; row += 4) {
    const v0 = v[row], v1 = v[row + 1], v2 = v[row + 2], v3 = v[row + 3];
    let p0 = 0, p1 = 0, p2 = 0, p3 = 0;
    for (let k = 0, at = row * n; k < row; k++, at++) {
      const a0 = a[at], a1 = a[at + n], a2 = a[at + 2 * n], a3 = a[at + 3 * n], vk = v[k];
      p0 += a0 * vk, p1 += a1 * vk, p2 += a2 * vk, p3 += a3 * vk;
      p[k] += a0 * v0 + a1 * v1 + (a2 * v2 + a3 * v3);
    }
    p[row] += p0, p[row + 1] += p1, p[row + 2] += p2, p[row + 3] += p3;
    for (let i = row; i < row + 4; i++) addRow(a, n, v, p, i, row);
  }
  for (let row = paired; row < size; row++) addRow(a, n, v, p, row, 0);
}

/** Adds to p what row `row` of the lower triangle contributes from column `from` on. */
function addRow(
  a: Float64Array,
  n: number,
  v: Float64Array,
  p: Float64Array,
  row: number,
  from: number,
): void {
  let sum = a[row * n + row] * v[row];
  for (let k = from; k < row; k++) {
    sum += a[row * n + k] * v[k];
    p[k] += a[row * n + k] * v[row];
  }
  p[row] += sum;
}

/** Overwrites the reflectors that `tridiagonalize` left in `a` with Q. */
export function* accumulateReflectors(a: Float64Array, n: number): Steps<void> {
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    yield;
    const tau = a[i * n + i];
    if (tau !== 0) reflectRows(a, n, a.subarray(i * n, i * n + i), tau, product.subarray(0, i));
    // Reflector i + 1 is the first to touch coordinate i.
    for (let k = 0; k < i; k++) a[i * n + k] = a[k * n + i] = 0;
    a[i * n + i] = 1;
  }
}

/** Q ← (I − τ·v·vᵀ)·Q on the leading block. */
function reflectRows(q: Float64Array, n: number, v: Float64Array, tau: number, product: Float64Array): void {
  const size = v.length;
  product.fill(0);
  for (let row = 0; row < size; row++) {
    const vRow = v[row];
    for (let k = 0, at = row * n; k < size; k++, at++) product[k] += vRow * q[at];
  }
  for (let row = 0; row < size; row++) {
    const vRow = tau * v[row];
    for (let k = 0, at = row * n; k < size; k++, at++) q[at] -= vRow * product[k];
  }
}
