/** Factorizations by the machine's LAPACK where it has one and the matrix is large, else in TypeScript. */
import { NdArray } from "../array/mod.ts";
import { answering, type Watch } from "../pause.ts";
import type { Lapack } from "./blas/mod.ts";
import { cholesky, type CholeskyOptions, lowerTriangle, pivotFloors } from "./cholesky.ts";
import { type Eigensystem, eigh, eigvalsh } from "./eigh.ts";
import { machineLapack } from "./products.ts";
import { roundingLevel } from "./precision.ts";
import { requireSymmetric } from "./symmetric.ts";
import { choleskySolve, rightHandSides, solveLower } from "./triangular.ts";

/** A + shift·I = L·Lᵀ, factored. */
export interface Factor {
  /** L, shape [n, n], zeros above the diagonal. */
  readonly lower: NdArray<Float64Array>;
  /** log det(L·Lᵀ). */
  readonly logDeterminant: number;
  /** (L·Lᵀ)⁻¹·B for B of shape [n, m]. */
  readonly solve: (b: NdArray) => Promise<NdArray<Float64Array>>;
  /** L⁻¹·B for B of shape [n, m]: the half of a solve that a quadratic form needs. */
  readonly whiten: (b: NdArray) => Promise<NdArray<Float64Array>>;
}

/** Order from which LAPACK saves more time than it takes to load. */
const LARGE = 256;

/** The Cholesky factorization of a symmetric positive definite matrix; options and errors as of `cholesky`. */
export async function factorize(
  a: NdArray,
  { shift = 0, name = "a" }: Pick<CholeskyOptions, "shift" | "name"> = {},
): Promise<Factor> {
  const lapack = await lapackFor(a);
  const factor = lapack && await factorBy(lapack, a, shift, name);
  // Where LAPACK finds no factor, this names the pivot that failed.
  return await factorOf(factor ?? (await answering(cholesky(a, { shift, name }))).lower);
}

/** What solves with L·Lᵀ, for the lower triangular L of a Cholesky factorization. */
export async function factorOf(lower: NdArray<Float64Array>): Promise<Factor> {
  const lapack = await lapackFor(lower);
  const solved = async (routine: Lapack["solveLower"], b: NdArray) => {
    const { n, m, data } = rightHandSides(lower, b);
    await routine(lower.data, data, n, m);
    return new NdArray(data, b.shape);
  };
  return {
    lower,
    logDeterminant: 2 * sumOfLogarithms(lower),
    solve: (b) => lapack ? solved(lapack.choleskySolve, b) : answering(choleskySolve(lower, b)),
    whiten: (b) => lapack ? solved(lapack.solveLower, b) : answering(solveLower(lower, b)),
  };
}

/** Σ log of the diagonal. */
function sumOfLogarithms({ data, shape: [n] }: NdArray<Float64Array>): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(data[i * n + i]);
  return sum;
}

/** How to diagonalize. */
export interface DiagonalizeOptions extends Pick<Watch, "signal"> {
  /** Whether the matrix, in float64, may be overwritten: it is not needed any more, and too large for another copy. */
  readonly overwrites?: boolean;
}

/** The eigensystem of a symmetric matrix, as of `eigh`; the signal is heard between steps in TypeScript, and never by LAPACK. */
export async function diagonalize(
  a: NdArray,
  name = "a",
  { signal, overwrites = false }: DiagonalizeOptions = {},
): Promise<Eigensystem> {
  const lapack = await lapackFor(a);
  return lapack
    ? await eigensystemBy(lapack, a, name, overwrites)
    : await answering(eigh(a, name), { signal });
}

/** The eigenvalues of a symmetric matrix in ascending order, as of `eigvalsh`. */
export async function eigenvalues(a: NdArray, name = "a"): Promise<NdArray<Float64Array>> {
  const lapack = await lapackFor(a);
  // With eigenvectors, LAPACK is still faster than TypeScript without.
  return lapack ? (await eigensystemBy(lapack, a, name)).values : await answering(eigvalsh(a, name));
}

/** LAPACK if it is worth calling for the matrix. */
const lapackFor = ({ shape: [n] }: NdArray) => n < LARGE ? null : machineLapack();

/** L, if every pivot exceeds its rounding error; else null. */
async function factorBy(
  lapack: Lapack,
  a: NdArray,
  shift: number,
  name: string,
): Promise<NdArray<Float64Array> | null> {
  const n = await answering(requireSymmetric(a, name));
  const lower = lowerTriangle(a, shift);
  const floors = pivotFloors(lower, n, roundingLevel(a));
  const failed = await lapack.cholesky(lower, n);
  const isFactor = failed < 0 && floors.every((floor, i) => lower[i * n + i] ** 2 > floor);
  return isFactor ? new NdArray(lower, [n, n]) : null;
}

async function eigensystemBy(
  lapack: Lapack,
  a: NdArray,
  name: string,
  overwrites = false,
): Promise<Eigensystem> {
  const n = await answering(requireSymmetric(a, name));
  const own = overwrites && a.data instanceof Float64Array ? a.data : new Float64Array(a.data);
  const { values, vectors } = await lapack.eigh(own, n);
  return { values: new NdArray(values, [n]), vectors: new NdArray(vectors, [n, n]) };
}
