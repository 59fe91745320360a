/** Eigenvalues of a symmetric tridiagonal matrix by the QL algorithm with implicit Wilkinson shifts. */
import type { Steps } from "../steps.ts";
import type { RotationQueue } from "./rotations.ts";
import type { Tridiagonal } from "./tridiagonal.ts";

/** Sweeps that an eigenvalue may take; about two are usual. */
const MAX_SWEEPS = 60;

/**
 * Overwrites the diagonal with the (unsorted) eigenvalues and queues the rotations whose product holds the
 * eigenvectors; Golub & Van Loan, Matrix Computations, §8.3.3, in the QL order of Dubrulle, Martin & Wilkinson 1968.
 */
export function* implicitQl(
  { diagonal, offDiagonal }: Tridiagonal,
  rotations: RotationQueue | null,
): Steps<void> {
  const n = diagonal.length;
  // Entry i of the algorithm couples rows i and i + 1; the last one is 0.
  const e = new Float64Array(n);
  e.set(offDiagonal.subarray(1));
  for (let low = 0; low < n; low++) {
    for (let sweeps = 0;; sweeps++) {
      const high = blockEnd(diagonal, e, low);
      if (high === low) break;
      if (sweeps === MAX_SWEEPS) throw noConvergence(low, e[low]);
      if (rotations?.isFull) yield* rotations.flush();
      sweep(diagonal, e, low, high, rotations);
      yield;
    }
  }
  if (rotations) yield* rotations.flush();
}

/** The last row of the block that starts at `low` and is coupled by off-diagonal entries above rounding error. */
function blockEnd(d: Float64Array, e: Float64Array, low: number): number {
  let high = low;
  while (
    high < d.length - 1 && Math.abs(e[high]) > Number.EPSILON * (Math.abs(d[high]) + Math.abs(d[high + 1]))
  ) high++;
  return high;
}

/** One implicit QL sweep over rows `low` … `high`, chasing the bulge upwards. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  low: number,
  high: number,
  rotations: RotationQueue | null,
): void {
  let g = d[high] - wilkinsonShift(d[low], d[low + 1], e[low]);
  let s = 1, c = 1, p = 0;
  rotations?.beginSweep(high - 1);
  for (let i = high - 1; i >= low; i--) {
    const f = s * e[i], b = c * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    // Both vanish only by underflow: the matrix splits here, and the sweep ends.
    if (r === 0) {
      d[i + 1] -= p;
      e[high] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    const gap = d[i + 1] - p;
    const t = (d[i] - gap) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = gap + p;
    g = c * t - b;
    rotations?.push(c, s);
  }
  d[low] -= p;
  e[low] = g;
  e[high] = 0;
}

/** The eigenvalue of [[a, b], [b, d]] that is closer to a. */
function wilkinsonShift(a: number, d: number, b: number): number {
  const half = (d - a) / (2 * b);
  const root = Math.sqrt(half * half + 1);
  return a - b / (half < 0 ? half - root : half + root);
}

function noConvergence(row: number, coupling: number): RangeError {
  return new RangeError(
    `Cannot find the eigenvalues as the coupling of row ${row} must vanish within ${MAX_SWEEPS} sweeps: ` +
      `current value is ${coupling}`,
  );
}
