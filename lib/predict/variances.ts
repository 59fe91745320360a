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
  const weights = await parts.weights();
  const data = covariance.data.slice();
  for (const i of negative) {
    const rounding = roundingOf(i, parts, weights);
    if (data[i * n + i] < -rounding) throw impossible(data[i * n + i], i, rounding);
    data[i * n + i] = 0;
  }
  return new NdArray(data, covariance.shape);
}

/** By how much rounding can have changed the variance of test output i. */
function roundingOf(
  i: number,
  { prior, trainTrain, testTrain, floor }: CovarianceParts,
  { data: w, shape: [n, tests] }: NdArray,
): number {
  let linear = 0, root = 0, squares = 0;
  for (let j = 0; j < n; j++) {
    const weight = Math.abs(w[j * tests + i]);
    linear += weight * Math.abs(testTrain.data[i * n + j]);
    root += weight * Math.sqrt(Math.abs(trainTrain.data[j * n + j]));
    squares += weight * weight;
  }
  const sum = Math.abs(prior.data[i * prior.shape[0] + i]) + 2 * linear + root * root;
  return epsilonOf(prior, trainTrain, testTrain) * sum + floor * squares;
}

/** The rounding errors of the least precise kernel, or of the n operations in float64 behind an entry. */
function epsilonOf(...kernels: readonly NdArray[]): number {
  const n = kernels[1].shape[0];
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
