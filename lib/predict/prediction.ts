/** What predictions return. */
import type { NdArray } from "../array/mod.ts";

/** What a prediction is about: see `gpInference`. */
export type PosteriorName = "nngp" | "ntk" | "ntkgp";

/** A prediction with its uncertainty. */
export interface Gaussian {
  /** Mean, shape [...points, channels], with the shape of the times in front if several were asked for. */
  readonly mean: NdArray<Float64Array>;
  /** Covariance of any one output channel, shape [points, points], with the shape of the times in front likewise. */
  readonly covariance: NdArray<Float64Array>;
}

/** A mean and, where asked for, a covariance. */
export interface Moments {
  readonly mean: NdArray<Float64Array>;
  readonly covariance: NdArray<Float64Array> | null;
}

/** What callers see of moments: the mean alone unless the covariance was asked for. */
export function predictionOf({ mean, covariance }: Moments): NdArray<Float64Array> | Gaussian {
  return covariance === null ? mean : { mean, covariance };
}
