/**
 * K + N, the kernel of the training points with the noise of their targets, and what solves with it: its Cholesky factor. In: the kernel and
 * the noise. Out: a `System`, which is all that a model keeps of the kernel. Where there are too many points, large_system.ts has another.
 */
import { NdArray } from "../../array/mod.ts";
import { NotPositiveDefiniteError } from "../../errors.ts";
import { type Factor, factorize, factorOf } from "../../linalg/factor.ts";
import { roundingLevel } from "../../linalg/precision.ts";
import { gramOfColumns } from "../../linalg/products.ts";
import { largest, meanDiagonal } from "../../linalg/symmetric.ts";
import type { Watch } from "../../pause.ts";
import { trustedCondition } from "../solver.ts";

/** Hears when nobody waits for the result any more. */
type Stop = Pick<Watch, "signal">;

/** What solves with K + N. */
export interface System {
  /** (K + N)⁻¹·B for B of shape [n, m] */
  readonly solve: (b: NdArray, stop?: Stop) => Promise<NdArray<Float64Array>>;
  /** The diagonal of Bᵀ·(K + N)⁻¹·B */
  readonly quadratics: (b: NdArray, stop?: Stop) => Promise<Float64Array>;
  /** Bᵀ·(K + N)⁻¹·B */
  readonly quadraticForm: (b: NdArray, stop?: Stop) => Promise<NdArray<Float64Array>>;
  /** What only a factor tells; null without */
  readonly factored: Factored | null;
}

/** What a factor tells of K + N. */
export interface Factored {
  /** An estimate of the largest eigenvalue over the smallest */
  readonly condition: number;
  /** log det(K + N) */
  readonly logDeterminant: number;
  /** L of K + N = L·Lᵀ */
  readonly lower: NdArray<Float64Array>;
  /** The diagonal of (K + N)⁻¹ */
  readonly inverseDiagonal: () => Promise<Float64Array>;
}

/** The system of a factor. */
export interface FactoredSystem extends System {
  readonly factored: Factored;
}

/** K + N as a matrix, and what is to be added to its diagonal: a noise that all points have is, and costs no copy of the kernel. */
export interface Shifted {
  readonly matrix: NdArray;
  readonly shift: number;
}

/** The kernel with the noise of each point. */
export function withNoise(kernel: NdArray, noise: Float64Array): Shifted {
  if (noise.every((variance) => variance === noise[0])) return { matrix: kernel, shift: noise[0] };
  const sum = kernel.data.slice();
  for (let i = 0; i < noise.length; i++) sum[i * noise.length + i] += noise[i];
  return { matrix: new NdArray(sum, kernel.shape), shift: 0 };
}

/**
 * The system of K + N.
 *
 * @throws {NotPositiveDefiniteError} if its smallest eigenvalue could be rounding error; says which noise would do.
 */
export async function systemOf(of: Shifted, name: string): Promise<FactoredSystem> {
  const found = await trusted(of);
  if ("factor" in found) return bySystem(found.factor, found.condition);
  throw new NotPositiveDefiniteError(
    `Cannot fit a regression as the ${name} kernel with its noise must be positive definite: ` +
      `current value depends on earlier rows in row ${found.row}; ` +
      `add ${(await sufficient(of)).toPrecision(1)} to the noise`,
    found.row,
  );
}

/** The system of a factor that was saved with its condition. */
export const savedSystem = async (lower: NdArray<Float64Array>, condition: number): Promise<FactoredSystem> =>
  bySystem(await factorOf(lower), condition);

function bySystem(factor: Factor, condition: number): FactoredSystem {
  const { lower, logDeterminant, solve, whiten } = factor;
  const n = lower.shape[0];
  const inverseDiagonal = async () => {
    const diagonal = new Float64Array(n);
    for (let start = 0; start < n; start += COLUMNS) {
      diagonal.set(columnSquares(await whiten(unitColumns(n, start, Math.min(start + COLUMNS, n)))), start);
    }
    return diagonal;
  };
  return {
    solve: (b) => solve(b),
    quadratics: async (b) => columnSquares(await whiten(b)),
    quadraticForm: async (b) => await gramOfColumns(await whiten(b)),
    factored: { condition, logDeterminant, lower, inverseDiagonal },
  };
}

/** Columns of the identity at a time. */
const COLUMNS = 512;

/** The columns `start` … `end` − 1 of the identity. */
function unitColumns(n: number, start: number, end: number): NdArray<Float64Array> {
  const width = end - start;
  const data = new Float64Array(n * width);
  for (let j = 0; j < width; j++) data[(start + j) * width + j] = 1;
  return new NdArray(data, [n, width]);
}

/** Σᵢ wᵢⱼ² of each column. */
function columnSquares({ data, shape: [n, m] }: NdArray<Float64Array>): Float64Array {
  const squares = new Float64Array(m);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < m; j++, at++) squares[j] += data[at] * data[at];
  }
  return squares;
}

/** A factor whose eigenvalues are clearly above rounding, or the row that the ones before it come closest to determining. */
async function trusted(of: Shifted): Promise<{ factor: Factor; condition: number } | { row: number }> {
  try {
    const factor = await factorize(of.matrix, { shift: of.shift, name: "the kernel" });
    const condition = await trustedCondition(of, factor);
    return condition === null ? { row: weakestRow(factor.lower, of.matrix) } : { factor, condition };
  } catch (error) {
    if (error instanceof NotPositiveDefiniteError) return { row: error.row! };
    throw error;
  }
}

/** The row whose pivot is the smallest part of its variance. */
function weakestRow({ data, shape: [n] }: NdArray<Float64Array>, { data: k }: NdArray): number {
  let weakest = 0, least = Infinity;
  for (let i = 0; i < n; i++) {
    const part = data[i * n + i] ** 2 / k[i * n + i];
    if (part < least) [weakest, least] = [i, part];
  }
  return weakest;
}

/** What has to be added to the diagonal, up to a factor of ten. */
async function sufficient({ matrix, shift: given }: Shifted): Promise<number> {
  const scale = meanDiagonal(matrix) || largest(matrix.data) || 1;
  // No eigenvalue is larger than n times the largest entry.
  const most = 10 * matrix.shape[0] * largest(matrix.data);
  let shift = 10 * roundingLevel(matrix) * scale;
  while (shift < most && !("factor" in await trusted({ matrix, shift: given + shift }))) shift *= 10;
  return shift;
}
