/**
 * What computes kernels. Networks are built, drawn, applied and stored without it, so everything that needs it imports it
 * dynamically, and a page loads it when the first kernel is asked for.
 */
export { availabilities } from "./backends/choose.ts";
export { compile } from "./program.ts";
export { inBlocks } from "./stax/batch_blocks.ts";
export { computeKernel } from "./stax/compute.ts";
export { kernelOfGram, kernelOfRows } from "../kernels/dual/gram_kernel.ts";
export { pairwise } from "../kernels/dual/pairwise.ts";
export { run } from "../kernels/dual/run.ts";
export { truncatedTable } from "../kernels/numerical/truncated_table.ts";
