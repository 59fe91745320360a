/**
 * What computes kernels. Networks are built, drawn, applied and stored without it, so everything that needs it imports it
 * dynamically, and a page loads it when the first kernel is asked for.
 */
export { availabilities } from "./backends/choose.ts";
export { inBlocks } from "./stax/batch_blocks.ts";
export { computeKernel } from "./stax/compute.ts";
export { kernelOfGram, kernelOfRows } from "../kernels/dual/gram_kernel.ts";
export { dualAt } from "../kernels/dual/dual_at.ts";
export { monteCarloKernel } from "../kernels/dual/monte_carlo_kernel.ts";
export { radialTable } from "../kernels/dual/radial_table.ts";
export { kernelOfSeries } from "../kernels/dual/series_kernel.ts";
export { truncatedTable } from "../kernels/numerical/truncated_table.ts";
