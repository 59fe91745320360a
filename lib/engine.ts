/**
 * What computes kernels. Networks are built, drawn, applied and stored without it, so everything that needs it imports it
 * dynamically, and a page loads it when the first kernel is asked for.
 */
export { availabilities } from "./backends/choose.ts";
export { inBlocks } from "./network/batch_blocks.ts";
export { computeKernel } from "./network/compute.ts";
export { kernelOfGram, kernelOfRows } from "./dual/gram_kernel.ts";
export { dualAt } from "./dual/dual_at.ts";
export { monteCarloKernel } from "./dual/monte_carlo_kernel.ts";
export { radialTable } from "./dual/radial_table.ts";
export { kernelOfSeries } from "./dual/series_kernel.ts";
export { truncatedTable } from "../kernels/numerical/truncated_table.ts";
