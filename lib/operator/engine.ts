/** What computes, keeps and multiplies kernels: loaded with the first of them. */
export { blocks } from "./block_sequence.ts";
export { columnsOf } from "./columns.ts";
export { computed } from "./computed.ts";
export { problemOf } from "./problem.ts";
export { multiplied } from "./product.ts";
