/**
 * A low-rank approximation F·Fᵀ of a kernel, with a remainder K − F·Fᵀ that is positive semidefinite: its Cholesky factor for some
 * points only, chosen at random with chances in proportion to what remains of their variances, a block of them at a time (randomly
 * pivoted Cholesky: Chen, Epperly, Tropp & Webber 2022, arXiv:2207.06503, algorithm 2.2).
 */
import { NdArray } from "../array/mod.ts";
import { productOf } from "../linalg/products.ts";
import { solveLower } from "../linalg/triangular.ts";
import { matrixView } from "../linalg/view.ts";
import { answering, type Watch } from "../pause.ts";
import { foldIn, key, uniform } from "../random/mod.ts";
import type { KernelOperator } from "./kernel_operator.ts";

/** Points that are chosen at a time. */
const BLOCK = 128;

/** A remainder of this share of the largest variance is rounding of float32. */
const FLOOR = 2 ** -20;

/** Fᵀ, and the points that were chosen. */
export interface LowRank {
  /** Fᵀ, shape [rank, n] */
  readonly transposed: NdArray<Float64Array>;
  readonly points: readonly number[];
  /** What remains of the diagonal */
  readonly remainder: Float64Array;
}

/** The approximation of at most so high a rank; less where nothing remains. */
export async function pivotedCholesky(
  kernel: KernelOperator,
  rank: number,
  { signal, onProgress }: Watch = {},
): Promise<LowRank> {
  const { n } = kernel;
  const most = Math.min(rank, n);
  const remainder = kernel.diagonal.slice();
  const floor = FLOOR * remainder.reduce((a, b) => Math.max(a, b), 0);
  const data = new Float64Array(most * n);
  const points: number[] = [];
  for (let round = 0; points.length < most; round++) {
    signal?.throwIfAborted();
    const chosen = choose(remainder, Math.min(BLOCK, most - points.length), floor, round);
    if (chosen.length === 0) break;
    const rows = await remaining(kernel, data, points.length, chosen, signal);
    const { kept, factor } = pivots(rows, n, chosen, floor);
    const own = new Float64Array(kept.length * n);
    kept.forEach((k, to) => own.set(rows.subarray(k * n, (k + 1) * n), to * n));
    const added = await answering(solveLower(factor, new NdArray(own, [kept.length, n])), { signal });
    data.set(added.data, points.length * n);
    for (let k = 0; k < kept.length; k++) {
      for (let i = 0; i < n; i++) remainder[i] = Math.max(0, remainder[i] - added.data[k * n + i] ** 2);
    }
    points.push(...kept.map((k) => chosen[k]));
    // Of those that were dropped nothing remains beside the others.
    for (const point of chosen) remainder[point] = 0;
    onProgress?.({ done: points.length, total: most });
  }
  const found = points.length;
  return { transposed: new NdArray(data.subarray(0, found * n), [found, n]), points, remainder };
}

/** So many different points, each with a chance in proportion to what remains, of those of which enough does. */
function choose(remainder: Float64Array, count: number, floor: number, round: number): number[] {
  // The least of exponential times with these rates (Efraimidis & Spirakis 2006).
  const { data } = uniform(foldIn(key(0), round), [remainder.length]);
  const times = Float64Array.from(
    remainder,
    (rate, i) => rate > floor ? -Math.log1p(-data[i]) / rate : Infinity,
  );
  const order = [...times.keys()].filter((i) => times[i] < Infinity).sort((i, j) => times[i] - times[j]);
  return order.slice(0, count);
}

/** The rows of K − F·Fᵀ of some points, one after the other. */
async function remaining(
  kernel: KernelOperator,
  data: Float64Array,
  rank: number,
  points: readonly number[],
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { n } = kernel;
  const rows = await kernel.columns(points, { signal });
  if (rank === 0) return rows.data;
  const own = Float64Array.from({ length: points.length * rank }, (_, at) => {
    return data[(at % rank) * n + points[Math.floor(at / rank)]];
  });
  const known = await productOf(matrixView(own, points.length, rank), matrixView(data, rank, n), { signal });
  for (let at = 0; at < known.size; at++) rows.data[at] -= known.data[at];
  return rows.data;
}

/** Which of the points are not determined by those before them, and the Cholesky factor of the remainder for them. */
function pivots(
  rows: Float64Array,
  n: number,
  points: readonly number[],
  floor: number,
): { kept: number[]; factor: NdArray<Float64Array> } {
  const kept: number[] = [];
  const lower: number[][] = [];
  points.forEach((_, k) => {
    const row: number[] = [];
    kept.forEach((other, l) => {
      let sum = rows[k * n + points[other]];
      for (let p = 0; p < l; p++) sum -= row[p] * lower[l][p];
      row.push(sum / lower[l][l]);
    });
    const pivot = rows[k * n + points[k]] - row.reduce((sum, value) => sum + value ** 2, 0);
    if (!(pivot > floor)) return;
    kept.push(k);
    lower.push([...row, Math.sqrt(pivot)]);
  });
  const r = kept.length;
  const factor = new Float64Array(r * r);
  lower.forEach((row, k) => factor.set(row, k * r));
  return { kept, factor: new NdArray(factor, [r, r]) };
}
