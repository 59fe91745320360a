/** Scalar expressions: build, evaluate, differentiate, serialise. */
export { constant, Expr, type Operand, variable } from "./expr.ts";
export { evaluate } from "./evaluate.ts";
export { differentiate } from "./differentiate.ts";
export * from "./functions.ts";
