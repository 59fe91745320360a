/** The plots of the examples; each is returned as the text of a complete SVG file. */
export { type Accuracies, accuraciesPlot } from "./plots/accuracies.ts";
export {
  accuracyAgainstRegularizationPlot,
  type RegularizationCurve,
} from "./plots/accuracy_against_regularization.ts";
export { confusionMatrixPlot } from "./plots/confusion_matrix.ts";
export { digitsPlot } from "./plots/digits.ts";
export { errorAgainstDegreePlot, type ErrorPlotOptions, type Series } from "./plots/error_against_degree.ts";
export { type Milliseconds, millisecondsPlot } from "./plots/milliseconds.ts";
export { type NetworkTradeoff, tradeoffPlot, type TradeoffPoint } from "./plots/tradeoff.ts";
export { type Uncertainty, uncertaintyPlot } from "./plots/uncertainty.ts";
export {
  type EvidenceSurface,
  type FunctionFit,
  functionFitPlot,
  type Posterior,
} from "./plots/function_fit.ts";
