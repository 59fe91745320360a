/**
 * What a regression says of each training point from all others, in closed form: with α = (K + N)⁻¹·y and pᵢ the diagonal of the inverse,
 * the mean is yᵢ − αᵢ/pᵢ and the variance 1/pᵢ. Rasmussen & Williams 2006, equations 5.10 to 5.12.
 */
import type { NdArray } from "../../array/mod.ts";

/** Predictions at training points, in the units of the model. */
export interface LeftOut {
  /** Of each point and output, row-major */
  readonly means: Float64Array;
  /** Of the target at each point, its noise included */
  readonly variances: Float64Array;
  /** log of the density of each target, summed over outputs */
  readonly logDensities: Float64Array;
}

/** The predictions from y, α and p. */
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
