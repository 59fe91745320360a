/**
 * Weights of ridge regression for every regularization, from the eigensystem of the normal equations: with A = U·Λ·Uᵀ they are
 * U·(Λ + λ)⁻¹·Uᵀ·B, so that a further λ costs a product with the outputs alone.
 */
import { allocate, NdArray } from "../array/mod.ts";
import { diagonalize } from "../linalg/factor.ts";
import { eigenvalueNoise } from "../linalg/precision.ts";
import { multiply, transposedMultiply } from "../linalg/products.ts";
import { meanDiagonal } from "../linalg/symmetric.ts";
import { answering, type Watch } from "../pause.ts";
import { inRanges } from "../steps.ts";
import { ACTION } from "./ridge_batches.ts";
import type { RidgeSums } from "./ridge_sums.ts";

/** The weights of all regularizations, and what follows from the sums about them. */
export interface RidgeFit {
  /** Shape [features, regularizations·outputs]: the outputs of the first regularization, then those of the second one, … */
  readonly weights: NdArray<Float64Array>;
  /** What a regularization of 1 adds to the diagonal of A. */
  readonly scale: number;
  /** Mean squared errors of training. */
  readonly errors: readonly number[];
}

/** Mean squares of features, times the rows, that keep their digits when they are multiplied with a regularization. */
const LEAST = 1e-290;

/** The fit for every regularization. The sums are used up: their A becomes the eigenvectors, as there may be no memory for both. */
export async function fitted(
  { gram, cross, counts }: RidgeSums,
  { regularizations, absoluteScale }: {
    readonly regularizations: readonly number[];
    readonly absoluteScale: boolean;
  },
  { signal }: Pick<Watch, "signal">,
): Promise<RidgeFit> {
  const mean = meanDiagonal(gram);
  if (!(mean >= LEAST)) {
    throw new RangeError(
      `Cannot ${ACTION} as the mean of the diagonal of ΦᵀΦ must be at least ${LEAST}: ` +
        `current value is ${mean}, scale the features up`,
    );
  }
  const scale = absoluteScale ? 1 : mean;
  const shifts = regularizations.map((regularization) => regularization * scale);
  const { values, vectors } = await diagonalize(gram, "ΦᵀΦ", { signal, overwrites: true });
  signal?.throwIfAborted();
  const directions = directionsOf(gram, values.data, shifts);
  const coordinates = await transposedMultiply(vectors, cross, { signal });
  const solutions = await solved(directions, coordinates, shifts);
  signal?.throwIfAborted();
  // They cannot overflow: ‖W‖ is at most ‖Y‖/√λⱼ for the least λⱼ that is signal.
  const weights = await multiply(vectors, solutions);
  return { weights, scale, errors: shifts.map((_, l) => trainError(l, directions, coordinates, counts)) };
}

/** Eigenvalues, and by what (Λ + λ)⁻¹ divides for each λ: Infinity along directions that are no signal. */
interface Directions {
  readonly values: Float64Array;
  readonly divisors: readonly Float64Array[];
  readonly shifts: readonly number[];
}

/**
 * As of `Spectrum`: eigenvalues up to D·ε·λₘₐₓ could be rounding errors, and so could be what B has along them. Unless λ exceeds
 * them all, they are no signal, and their directions are dropped.
 */
function directionsOf(gram: NdArray, values: Float64Array, shifts: readonly number[]): Directions {
  const floor = eigenvalueNoise(gram, Math.max(-values[0], values[values.length - 1]));
  // ΦᵀΦ has no negative ones, which would be rounding errors of 0.
  const positive = values.map((value) => Math.max(value, 0));
  const divisors = shifts.map((shift) =>
    positive.map((value) => shift <= floor && value <= floor ? Infinity : value + shift)
  );
  return { values: positive, divisors, shifts };
}

/** Divisions in a step, some milliseconds. */
const STEP_DIVISIONS = 2 ** 20;

/** (Λ + λ)⁻¹·C for every λ, side by side. */
async function solved(
  { divisors }: Directions,
  { data, shape: [features, outputs] }: NdArray<Float64Array>,
  shifts: readonly number[],
): Promise<NdArray<Float64Array>> {
  const columns = shifts.length * outputs;
  const solutions = allocate(features * columns, "float64");
  const steps = inRanges(features, Math.ceil(STEP_DIVISIONS / columns), (start, end) => {
    for (let j = start, at = start * columns; j < end; j++) {
      for (const divisor of divisors) {
        for (let c = 0; c < outputs; c++) solutions[at++] = data[j * outputs + c] / divisor[j];
      }
    }
  });
  await answering(steps);
  return new NdArray(solutions, [features, columns]);
}

/**
 * ‖Φ·W − Y‖² = Σy² − Σⱼ cⱼ²·(λⱼ + 2λ)/(λⱼ + λ)², over all entries of Y. Rounding errors of the difference are those of Σy², and may
 * leave less than nothing of a small one.
 */
function trainError(
  l: number,
  { values, divisors, shifts }: Directions,
  { data, shape: [features, outputs] }: NdArray<Float64Array>,
  { squares, rows }: RidgeSums["counts"],
): number {
  let explained = 0;
  for (let j = 0; j < features; j++) {
    const divisor = divisors[l][j];
    if (divisor === Infinity) continue;
    for (let c = 0; c < outputs; c++) {
      // Divided before it is squared: the square of a divisor may overflow.
      const weight = data[j * outputs + c] / divisor;
      explained += weight * (weight * (values[j] + 2 * shifts[l]));
    }
  }
  return Math.max(squares - explained, 0) / (rows * outputs);
}
