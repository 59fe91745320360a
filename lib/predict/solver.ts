/** Solves with a regularized kernel: by its Cholesky factor where it is clearly positive definite, else on its range. */
import { NdArray } from "../array/mod.ts";
import { NotPositiveDefiniteError } from "../errors.ts";
import { type Factor, factorize } from "../linalg/factor.ts";
import { eigenvalueNoise } from "../linalg/precision.ts";
import { multiply } from "../linalg/products.ts";
import { residual } from "../linalg/residual.ts";
import { plus } from "./matrices.ts";
import type { Regularized, Spectrum } from "./spectrum.ts";

/** Solves with K + shift·I. */
export interface Solver {
  /** Number of eigenvalues that are signal. */
  readonly rank: number;
  /** Up to where eigenvalues are taken for 0; 0 if all of them are signal. */
  readonly jitter: number;
  /** An estimate of the largest eigenvalue over the smallest that is signal. */
  readonly condition: number;
  /** The eigensystem, if there are null directions; what lies along them is dropped. */
  readonly spectrum: Spectrum | null;
  /** (K + shift·I)⁻¹·B, or the solution of least norm on the range. */
  readonly solve: (b: NdArray) => Promise<NdArray<Float64Array>>;
  /** A matrix W with Wᵀ·W = Bᵀ·(K + shift·I)⁻¹·B. */
  readonly whiten: (b: NdArray) => Promise<NdArray<Float64Array>>;
}

/** Factor by which estimates of the smallest eigenvalue may be too large. */
const MARGIN = 4;

/** An estimate of the condition number of a matrix with its factor; null if the smallest eigenvalue may be rounding error alone. */
export async function trustedCondition(
  of: Pick<Regularized, "matrix" | "shift">,
  factor: Factor,
): Promise<number | null> {
  const { top, smallest } = await extremes(of, factor);
  return smallest > MARGIN * eigenvalueNoise(of.matrix, top) ? top / smallest : null;
}

/**
 * The solver for a regularized kernel. The factorization is trusted if the smallest eigenvalue is clearly above the noise;
 * otherwise `spectrum` decides, as it does for finite times.
 */
export async function solverOf(of: Regularized, spectrum: () => Promise<Spectrum>): Promise<Solver> {
  const factor = await factorOrNull(of);
  if (factor !== null) {
    const condition = await trustedCondition(of, factor);
    if (condition !== null) return byFactor(of, factor, condition);
  }
  const decided = await spectrum();
  decided.requirePositive();
  if (of.maxJitter === 0 && decided.rank < decided.values.length) throw singular(of, decided);
  return bySpectrum(decided);
}

async function factorOrNull({ matrix, shift, maxJitter, name }: Regularized): Promise<Factor | null> {
  try {
    return await factorize(matrix, { shift, name });
  } catch (error) {
    // Where nothing may be taken for 0, the pivot that failed is the message.
    if (!(error instanceof NotPositiveDefiniteError) || maxJitter === 0) throw error;
    return null;
  }
}

function byFactor({ matrix }: Regularized, { solve, whiten }: Factor, condition: number): Solver {
  return { rank: matrix.shape[0], jitter: 0, condition, spectrum: null, solve, whiten };
}

function bySpectrum(spectrum: Spectrum): Solver {
  const { rank, condition, jitter } = spectrum;
  return {
    rank,
    jitter,
    condition,
    spectrum: rank === spectrum.values.length ? null : spectrum,
    solve: (b) => spectrum.solve(b),
    whiten: (b) => spectrum.whiten(b),
  };
}

function singular({ name, unit }: Regularized, { rank, floor, values }: Spectrum): Error {
  return new NotPositiveDefiniteError(
    `Cannot predict as all ${values.length} eigenvalues of ${name} must exceed their rounding error ` +
      `${(floor * unit).toPrecision(3)} with maxJitter 0: current value is ${rank} of them; raise diagReg`,
  );
}

/** Steps of the power method: each costs a product or a solve with one vector, and few are enough for a factor of `MARGIN`. */
const POWER_STEPS = 4;

/** The extreme eigenvalues from within, by the power method with K + shift·I and with its inverse. */
async function extremes({ matrix, shift }: Pick<Regularized, "matrix" | "shift">, factor: Factor) {
  const product = async (v: NdArray) => {
    const { data, shape } = await multiply(matrix, v);
    return new NdArray(data.map((value, i) => value + shift * v.data[i]), shape);
  };
  const n = matrix.shape[0];
  return { top: await growth(n, product), smallest: 1 / await growth(n, factor.solve) };
}

/** By how much `apply` lengthens a vector in the end, which starts with all directions in it. */
async function growth(n: number, apply: (v: NdArray) => Promise<NdArray<Float64Array>>): Promise<number> {
  let v: NdArray<Float64Array> = new NdArray(
    Float64Array.from({ length: n }, (_, i) => 1 + Math.sin(1 + i * i)),
    [n, 1],
  );
  let factor = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    const length = norm(v);
    v = await apply(new NdArray(v.data.map((value) => value / length), v.shape));
    factor = norm(v);
  }
  return factor;
}

/** Condition numbers up to here cost fewer digits than the tenth. */
const WELL_CONDITIONED = 1e5;
const REFINEMENTS = 5;

/** The solution of (K + shift·I)·X = B, and its relative residual ‖B − (K + shift·I)·X‖/‖B‖. */
export interface Solution {
  readonly x: NdArray<Float64Array>;
  readonly residual: number;
}

/**
 * The solution with the digits that its condition number costs restored by iterative refinement: the residual is computed with
 * twice the digits, and solved for. A kernel in float32 has lost more before, and is not refined.
 */
export async function refinedSolution(
  of: Pick<Regularized, "matrix" | "shift">,
  solver: Pick<Solver, "solve" | "condition">,
  b: NdArray<Float64Array>,
): Promise<Solution> {
  const { matrix, shift } = of;
  let x = await solver.solve(b);
  if (solver.condition < WELL_CONDITIONED || matrix.dtype === "float32") {
    const product = await multiply(matrix, x);
    const left = b.data.map((value, i) => value - product.data[i] - shift * x.data[i]);
    return { x, residual: relativeTo(b, new NdArray(left, b.shape)) };
  }
  let rest = await residual(matrix, shift, x, b);
  let last = Infinity;
  for (let step = 0; step < REFINEMENTS; step++) {
    const correction = await solver.solve(rest);
    const size = norm(correction);
    // Corrections that do not halve are rounding errors of the corrections.
    if (!(size < last / 2)) break;
    x = plus(x, correction);
    rest = await residual(matrix, shift, x, b);
    last = size;
    if (size <= Number.EPSILON * norm(x)) break;
  }
  return { x, residual: relativeTo(b, rest) };
}

function relativeTo(b: NdArray<Float64Array>, rest: NdArray<Float64Array>): number {
  const size = norm(b);
  return size === 0 ? 0 : norm(rest) / size;
}

function norm({ data }: NdArray<Float64Array>): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
}
