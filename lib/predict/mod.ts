/** Predictions of infinitely wide networks: exact inference, and training by gradient descent. */

export { evidence } from "./evidence/evidence.ts";
export { fit } from "./evidence/fit.ts";
export type { Evidence, EvidenceOptions, FitOptions } from "./evidence/interfaces.ts";
export type { Fit, FitRun, FitStep } from "./evidence/fitting.ts";
export type { ObjectiveName } from "./evidence/objectives.ts";
export type { Bounds } from "./evidence/ranges.ts";
export type { EvidenceSettings } from "./evidence/settings.ts";
export type { GradientName } from "./evidence/problem.ts";
export type { FreeNames } from "./evidence/variables.ts";
export {
  gradientDescent,
  type GradientDescentOptions,
  type GradientDescentPredictFn,
  type LossGradient,
} from "./gradient_descent.ts";
export {
  gradientDescentMse,
  type GradientDescentMseOptions,
  type GradientDescentMsePredictFn,
  type GradientDescentMseQuery,
} from "./gradient_descent_mse.ts";
export {
  type EnsemblePredictFn,
  type EnsembleQuery,
  gradientDescentMseEnsemble,
  type GradientDescentMseEnsembleOptions,
  type KernelFn,
  type Predicted,
} from "./gradient_descent_mse_ensemble.ts";
export type { ByName, Get } from "./queries.ts";
export {
  gpInference,
  type GpInferenceOptions,
  type GpInferenceQuery,
  type GpPredictFn,
} from "./gp_inference.ts";
export type { StartQuery, TrainedOutputs } from "./initial_outputs.ts";
export type { KernelName, Kernels, NamedKernels } from "./kernels.ts";
export type { TraceOptions } from "./labels.ts";
export type { PassedOptions } from "./network_kernels.ts";
export { maxLearningRate, type MaxLearningRateOptions } from "./max_learning_rate.ts";
export type { Gaussian, PosteriorName } from "./queries.ts";
export type { KernelGiver } from "./regression/kernel_source.ts";
export type {
  Classification,
  LeaveOneOut,
  Prediction,
  PredictionOptions,
  Prior,
  PriorOptions,
  RegressionModel,
  RegressionReport,
} from "./regression/interfaces.ts";
export { load } from "./regression/load.ts";
export { prior } from "./regression/prior.ts";
export { regression } from "./regression/regression.ts";
export type { RegressionOptions } from "./regression/regression_options.ts";
export { ridge } from "./ridge.ts";
export type { RidgeOptions } from "./ridge_options.ts";
export type { RidgeProgress } from "./ridge_accumulate.ts";
export type { FeatureBatch, FeatureBatches, FeatureStream } from "./ridge_batches.ts";
export type { RidgeModel, RidgeRow } from "./ridge_model.ts";
export type { JitterByKernel, RegularizerOptions, ReportByKernel, SolveReport } from "./train_kernel.ts";
export type { GradientDescentQuery, TrainingState } from "./training_state.ts";
