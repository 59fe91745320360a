/**
 * Log densities of targets under a Gaussian process, in closed form. In: the targets, and of A = K + noise the weights α = A⁻¹·y and what is
 * known of A. Rasmussen & Williams 2006, §5.4.
 */
import type { NdArray } from "../array/mod.ts";

/** What a factor of A says of targets of shape [n, outputs]. */
export interface Weighed {
  readonly targets: NdArray<Float64Array>;
  /** A⁻¹·Y */
  readonly alpha: NdArray<Float64Array>;
  readonly logDeterminant: number;
}

/** log p(Y) = −½·tr(YᵀA⁻¹Y) − (c/2)·log det A − (n·c/2)·log 2π of c outputs (eq. 5.8). */
export function logEvidence({ targets, alpha, logDeterminant }: Weighed): number {
  const [n, outputs] = targets.shape;
  const misfit = targets.data.reduce((sum, y, at) => sum + y * alpha.data[at], 0);
  return -(misfit + outputs * (logDeterminant + n * Math.log(2 * Math.PI))) / 2;
}

/** Predictions at training points, in the units of the model. */
export interface LeftOut {
  /** Of each point and output, row-major */
  readonly means: Float64Array;
  /** Of the target at each point, its noise included */
  readonly variances: Float64Array;
  /** log of the density of each target, summed over outputs */
  readonly logDensities: Float64Array;
}

/** The predictions at each point from all others: with the diagonal p of A⁻¹ the mean is yᵢ − αᵢ/pᵢ, the variance 1/pᵢ (eq. 5.10 to 5.12). */
export function leftOut(y: NdArray<Float64Array>, alpha: NdArray<Float64Array>, p: Float64Array): LeftOut {
  const [n, outputs] = y.shape;
  const means = new Float64Array(n * outputs);
  const logDensities = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let c = 0; c < outputs; c++, at++) {
      const miss = alpha.data[at] / p[i];
      means[at] = y.data[at] - miss;
      logDensities[i] -= (Math.log(2 * Math.PI / p[i]) + miss * miss * p[i]) / 2;
    }
  }
  return { means, variances: p.map((value) => 1 / value), logDensities };
}
