/** Solutions of general linear systems, by elimination with partial pivoting; Golub & Van Loan, Matrix Computations, §3.4. */
import { breather } from "../pause.ts";

/** A·x = b for one right-hand side after another. */
type Solve = (b: Float64Array) => Float64Array;

/**
 * Overwrites the row-major [n, n] matrix A with its factors and returns what solves with them; null if A is singular or not
 * finite. Timers stay alive meanwhile.
 */
export async function lu(
  a: Float64Array,
  n: number,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Solve | null> {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const breathe = breather({ signal });
  for (let k = 0; k < n; k++) {
    await breathe();
    const pivot = pivotRow(a, n, k);
    if (!(Math.abs(a[pivot * n + k]) > 0 && Number.isFinite(a[pivot * n + k]))) return null;
    if (pivot !== k) swapRows(a, n, order, pivot, k);
    for (let i = k + 1; i < n; i++) eliminate(a, n, i, k);
  }
  return (b) => substitute(a, n, Float64Array.from(order, (i) => b[i]));
}

function pivotRow(a: Float64Array, n: number, k: number): number {
  let best = k;
  for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[best * n + k])) best = i;
  return best;
}

function swapRows(a: Float64Array, n: number, order: Uint32Array, i: number, k: number): void {
  const row = a.slice(i * n, i * n + n);
  a.copyWithin(i * n, k * n, k * n + n);
  a.set(row, k * n);
  [order[i], order[k]] = [order[k], order[i]];
}

/** Row i minus the multiple of row k that makes its entry k vanish; the factor takes the place of that entry. */
function eliminate(a: Float64Array, n: number, i: number, k: number): void {
  const factor = a[i * n + k] /= a[k * n + k];
  if (factor === 0) return;
  for (let j = k + 1, to = i * n + j, from = k * n + j; j < n; j++) a[to++] -= factor * a[from++];
}

function substitute(a: Float64Array, n: number, x: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) x[i] -= a[i * n + j] * x[j];
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i] -= a[i * n + j] * x[j];
    x[i] /= a[i * n + i];
  }
  return x;
}
