/** What computes, keeps and multiplies kernels: loaded with the first of them. */
export { columnsOf } from "./columns.ts";
export { computed } from "./computed.ts";
export { productOf } from "./product.ts";
