/** Scalar expressions: build, evaluate, differentiate, and as plain data. */
export { constant, Expr, type Operand, type Scope, variable } from "./expr.ts";
export { evaluate } from "./evaluate.ts";
export { differentiate } from "./differentiate.ts";
export * from "./functions.ts";
export type { Graph, GraphNode } from "./json.ts";
export type { OpName } from "./ops.ts";
