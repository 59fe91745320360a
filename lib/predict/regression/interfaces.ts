/** What regressions are and give. */
import type { ArrayInput, NdArray } from "../../array/mod.ts";
import type { Key } from "../../random/mod.ts";
import type { Watch } from "../../pause.ts";
import type { Gaussian } from "../queries.ts";
import type { RegressionOptions } from "./regression_options.ts";

/** Predictions at points: of shape [points, outputs], or [points] where the targets have one axis. */
export interface Prediction {
  /** Posterior means, in the units of the targets */
  readonly mean: NdArray<Float64Array>;
  /** Posterior standard deviations, likewise: of the latent function, or of targets with `noise` */
  readonly std: NdArray<Float64Array>;
}

/** Options of `predict`. */
export interface PredictionOptions extends Watch {
  /**
   * Whether `std` is that of targets, whose noise it includes: `true` for the noise of training, if all points had the same, or the
   * variance of the noise, a number or one a point. Default `false`: `std` of the latent function.
   */
  readonly noise?: boolean | ArrayInput | number;
}

/** What a model says of each training point from all others. */
export interface LeaveOneOut extends Prediction {
  /** log of the density of each target, summed over outputs, shape [n]; their sum is the leave-one-out log predictive probability */
  readonly logDensity: NdArray<Float64Array>;
}

/** Classes of points. */
export interface Classification {
  /** The class of the largest mean at each point */
  readonly classes: readonly number[];
  /** softmax(mean/temperature), shape [points, classes] */
  readonly probabilities: NdArray<Float64Array>;
  /** The temperature under which leave-one-out predictions make the training classes most likely */
  readonly temperature: number;
}

/** How a model was fitted. */
export interface RegressionReport {
  /** What solved with the kernel */
  readonly solver: "cholesky" | "conjugateGradients";
  /** Training points */
  readonly points: number;
  /** What was added to the diagonal besides the noise: nothing, since a kernel that needs it is refused */
  readonly jitter: 0;
  /** Eigenvalues that are signal: all of them, likewise */
  readonly rank: number;
  /** An estimate of the largest eigenvalue of K + N over the smallest; null without a factor */
  readonly condition: number | null;
  /** Iterations of conjugate gradients; null with a factor */
  readonly iterations: number | null;
  /** Rank of their preconditioner; null with a factor */
  readonly preconditionerRank: number | null;
  /** ‖y − (K + N)·α‖/‖y‖ of the weights α */
  readonly residual: number;
  /** Estimated error of the kernels, relative to their variances, from nonlinearities without a closed form; 0 for closed forms */
  readonly kernelError: number;
  /** Time that fitting took */
  readonly seconds: number;
  /** Memory that the model keeps */
  readonly bytes: number;
}

/** A Gaussian process, given its training data. */
export interface RegressionModel {
  /**
   * Mean and standard deviation at any number of points, computed in blocks: memory does not grow with their number but for the
   * result.
   */
  readonly predict: (xTest: ArrayInput, options?: PredictionOptions) => Promise<Prediction>;
  /** The mean alone, without what `std` costs. */
  readonly mean: (xTest: ArrayInput, options?: Watch) => Promise<NdArray<Float64Array>>;
  /** Mean and the covariance of all points with each other, which all outputs share in the units of the model. */
  readonly posterior: (xTest: ArrayInput, options?: Watch) => Promise<Gaussian>;
  /** Samples of the latent function, shape [count, points, outputs] (or [count, points]); the same for the same key. */
  readonly sample: (
    xTest: ArrayInput,
    key: Key,
    count?: number,
    options?: Watch,
  ) => Promise<NdArray<Float64Array>>;
  /** Predictions at each training point from all others; `std` is that of its target, with its noise. Needs a factor. */
  readonly leaveOneOut: () => Promise<LeaveOneOut>;
  /** Classes with calibrated probabilities, where all targets are one-hot. Needs a factor. */
  readonly classify: (xTest: ArrayInput, options?: Watch) => Promise<Classification>;
  /** Writes the model into a folder, which is made, or replaced if it holds a model: JSON and .npy files, all or nothing. */
  readonly save: (path: string) => Promise<void>;
  /** log p(y), of all outputs together, in the units of the targets; needs a factor */
  readonly logMarginalLikelihood: number;
  /** How the model was fitted */
  readonly report: RegressionReport;
}

/** Options of `prior`. */
export interface PriorOptions extends Pick<RegressionOptions, "kernel" | "backend" | "dtype"> {
  /** Number of outputs; default 1 */
  readonly outputs?: number;
}

/** A Gaussian process before there are data. */
export interface Prior {
  /** Samples of the function, shape [count, points, outputs]; the same for the same key. */
  readonly sample: (
    x: ArrayInput,
    key: Key,
    count?: number,
    options?: Watch,
  ) => Promise<NdArray<Float64Array>>;
}
