/** Factorizations by the machine's LAPACK where it has one and the matrix is large, else in TypeScript. */
import { NdArray } from "../array/mod.ts";
import type { Lapack } from "./blas/mod.ts";
import {
  attempts,
  cholesky,
  type CholeskyFactor,
  type CholeskyOptions,
  choleskyOptions,
  pivotFloors,
} from "./cholesky.ts";
import { type Eigensystem, eigh, type EighOptions, eighOptions, eigvalsh } from "./eigh.ts";
import { machineLapack } from "./machine.ts";
import { roundingLevel } from "./precision.ts";
import { requireSymmetric } from "./symmetric.ts";
import { choleskySolve, rightHandSides, solveLower } from "./triangular.ts";

/** A + (shift + jitter)·I = L·Lᵀ, factored. */
export interface Factor {
  /** What was added to every diagonal entry besides `shift`; 0 if nothing was needed. */
  readonly jitter: number;
  /** (L·Lᵀ)⁻¹·B for B of shape [n, m]. */
  readonly solve: (b: NdArray) => Promise<NdArray<Float64Array>>;
  /** L⁻¹·B for B of shape [n, m]: the half of a solve that a quadratic form needs. */
  readonly whiten: (b: NdArray) => Promise<NdArray<Float64Array>>;
}

/** Order from which LAPACK saves more time than it takes to load. */
const LARGE = 256;

/** The Cholesky factorization of a symmetric positive definite matrix; options, jitter and errors as of `cholesky`. */
export async function factorize(a: NdArray, given: CholeskyOptions = {}): Promise<Factor> {
  const options = choleskyOptions(given);
  const lapack = await lapackFor(a);
  const factor = lapack && await factorBy(lapack, a, options);
  if (lapack && factor) return solvedBy(lapack, factor);
  // Where LAPACK finds no factor, this names the pivot that failed.
  const { lower, jitter } = cholesky(a, options);
  return {
    jitter,
    solve: (b) => Promise.try(choleskySolve, lower, b),
    whiten: (b) => Promise.try(solveLower, lower, b),
  };
}

/** The eigensystem of a symmetric matrix, as of `eigh`. */
export async function diagonalize(a: NdArray, options: EighOptions = {}): Promise<Eigensystem> {
  const { name } = eighOptions(options);
  const lapack = await lapackFor(a);
  return lapack ? await eigensystemBy(lapack, a, name) : eigh(a, { name });
}

/** The eigenvalues of a symmetric matrix in ascending order, as of `eigvalsh`. */
export async function eigenvalues(a: NdArray, options: EighOptions = {}): Promise<NdArray<Float64Array>> {
  const { name } = eighOptions(options);
  const lapack = await lapackFor(a);
  // With eigenvectors, LAPACK is still faster than TypeScript without.
  return lapack ? (await eigensystemBy(lapack, a, name)).values : eigvalsh(a, { name });
}

/** LAPACK if it is worth calling for the matrix. */
const lapackFor = ({ shape: [n] }: NdArray) => n < LARGE ? null : machineLapack();

/** The first attempt of which every pivot exceeds its rounding error; null if there is none. */
async function factorBy(
  lapack: Lapack,
  a: NdArray,
  { shift, maxJitter, name }: Required<CholeskyOptions>,
): Promise<CholeskyFactor | null> {
  const n = requireSymmetric(a, name);
  for (const attempt of attempts(a, shift, maxJitter)) {
    const { data } = attempt.lower;
    const floors = pivotFloors(data, n, roundingLevel(a));
    const failed = await lapack.cholesky(data, n);
    if (failed < 0 && floors.every((floor, i) => data[i * n + i] ** 2 > floor)) return attempt;
  }
  return null;
}

async function eigensystemBy(lapack: Lapack, a: NdArray, name: string): Promise<Eigensystem> {
  const n = requireSymmetric(a, name);
  const { values, vectors } = await lapack.eigh(new Float64Array(a.data), n);
  return { values: new NdArray(values, [n]), vectors: new NdArray(vectors, [n, n]) };
}

function solvedBy(lapack: Lapack, { lower, jitter }: CholeskyFactor): Factor {
  const solved = async (routine: Lapack["solveLower"], b: NdArray) => {
    const { n, m, data } = rightHandSides(lower, b);
    await routine(lower.data, data, n, m);
    return new NdArray(data, b.shape);
  };
  return {
    jitter,
    solve: (b) => solved(lapack.choleskySolve, b),
    whiten: (b) => solved(lapack.solveLower, b),
  };
}
