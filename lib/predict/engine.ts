/**
 * What solves with kernels and follows training. Problems are stated and checked without it, so everything that needs it imports it
 * dynamically, and a page loads it when the first prediction is asked for.
 */
export { eigenvalues } from "../linalg/factor.ts";
export { finiteTime } from "./finite_time.ts";
export { lossStates } from "./loss_flow.ts";
export { mseFlow } from "./mse_flow.ts";
export { mseStates } from "./mse_states.ts";
export { posterior } from "./posterior.ts";
export { ridgeModel } from "./ridge_model.ts";
export { ridgeProblem } from "./ridge_options.ts";
export { floorOf } from "./spectrum.ts";
