/** Variances as differences of kernels: what rounding made negative is 0, and what it cannot have made is refused. */
import { NdArray } from "../array/mod.ts";
import { EPSILON } from "../linalg/precision.ts";

/** The kernels that a covariance K** + Wᵀ·K·W − (K*·W + Wᵀ·K*ᵀ), or K** − K*·W, is made of. */
export interface CovarianceParts {
  /** K**, shape [tests, tests]. */
  readonly prior: NdArray;
  /** K, shape [trains, trains]. */
  readonly trainTrain: NdArray;
  /** K*, shape [tests, trains]. */
  readonly testTrain: NdArray;
  /** W, shape [trains, tests]. */
  readonly weights: () => NdArray<Float64Array> | Promise<NdArray<Float64Array>>;
  /** Up to where eigenvalues of K were taken for 0. */
  readonly floor: number;
}

/** Roundings that an entry of a kernel may have behind it. */
const ROUNDINGS = 16;

/**
 * The covariance, whose variances are at least 0. A kernel that is wrong by ε of each of its entries, |kᵢⱼ| ≤ √(kᵢᵢ·kⱼⱼ), changes
 * the variance at a point with weights w by at most ε·(|k**| + 2·Σ|k*ᵢ·wᵢ| + (Σ|wᵢ|·√kᵢᵢ)²): up to that a negative variance is 0.
 *
 * @throws {RangeError} for variances that are more negative than that.
 */
export async function withVariances(
  covariance: NdArray<Float64Array>,
  parts: CovarianceParts,
): Promise<NdArray<Float64Array>> {
  const n = covariance.shape[0];
  const negative = Array.from({ length: n }, (_, i) => i).filter((i) => covariance.data[i * n + i] < 0);
  if (negative.length === 0) return covariance;
  const { prior, trainTrain, testTrain, floor } = parts;
  const weights = await parts.weights();
  const trains = trainTrain.shape[0];
  const of = {
    trainVariances: Array.from({ length: trains }, (_, j) => trainTrain.data[j * trains + j]),
    epsilon: epsilonOf(trains, prior, trainTrain, testTrain),
    floor,
  };
  const data = covariance.data.slice();
  for (const i of negative) {
    requireRounding(i, {
      ...of,
      variance: data[i * n + i],
      prior: prior.data[i * n + i],
      testTrain: (j) => testTrain.data[i * trains + j],
      weight: (j) => weights.data[j * n + i],
    });
    data[i * n + i] = 0;
  }
  return new NdArray(data, covariance.shape);
}

/** A negative variance at a point, and what it is made of: entries of kernels, and weights, of every training point. */
export interface NegativeVariance {
  readonly variance: number;
  /** k** */
  readonly prior: number;
  /** k*ⱼ */
  readonly testTrain: (j: number) => number;
  /** wⱼ */
  readonly weight: (j: number) => number;
  /** kⱼⱼ of all training points */
  readonly trainVariances: ArrayLike<number>;
  /** Rounding errors of an entry, relative to the largest that it may be */
  readonly epsilon: number;
  /** See `CovarianceParts` */
  readonly floor: number;
}

/** Refuses the negative variance of test output i that rounding cannot have made. */
export function requireRounding(i: number, of: NegativeVariance): void {
  const { variance, prior, testTrain, weight, trainVariances, epsilon, floor } = of;
  let linear = 0, root = 0, squares = 0;
  for (let j = 0; j < trainVariances.length; j++) {
    const size = Math.abs(weight(j));
    linear += size * Math.abs(testTrain(j));
    root += size * Math.sqrt(Math.abs(trainVariances[j]));
    squares += size * size;
  }
  const rounding = epsilon * (Math.abs(prior) + 2 * linear + root * root) + floor * squares;
  if (variance < -rounding) throw impossible(variance, i, rounding);
}

/** The rounding errors of the least precise kernel, or of the operations in float64, one a training point, behind an entry. */
export function epsilonOf(n: number, ...kernels: readonly Pick<NdArray, "dtype">[]): number {
  const entries = ROUNDINGS * Math.max(...kernels.map(({ dtype }) => EPSILON[dtype]));
  return Math.max(entries, n * EPSILON.float64);
}

function impossible(variance: number, i: number, rounding: number): RangeError {
  return new RangeError(
    `Cannot predict as the variance of test output ${i} must not be negative beyond rounding ` +
      `(${rounding.toPrecision(3)}): current value is ${variance.toPrecision(3)}; ` +
      `take all kernels from one network, or raise diagReg`,
  );
}
