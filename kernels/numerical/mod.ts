/** Duals of nonlinearities that are given only as functions. */
export { type NumericalActivation, numericalActivation } from "./numerical_activation.ts";
export type { NumericalOptions } from "./options.ts";
export { type TracedForward, traceForward } from "./trace.ts";
export { truncatedTable } from "./truncated_table.ts";
