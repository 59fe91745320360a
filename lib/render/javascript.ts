/** Expressions as JavaScript text. */
import type { Expr } from "../expr/expr.ts";
import { exponentOf, ldexp, ops } from "../expr/ops.ts";
import { acos, asin, atan2, atanSqrt } from "../special/angles.ts";
import { erf } from "../special/erf.ts";
import { finished, type Steps } from "../steps.ts";
import { type Statements, statementSteps } from "./statements.ts";

/** How the values that the text reads are written; `hermiteSum` only where such nodes occur. */
export interface JavaScriptOptions {
  readonly reference: (variable: Expr) => string;
  readonly hermiteSum?: (node: Expr, rho: string) => string;
}

/** The functions that the text calls besides `Math`: bind them to these names. */
export const javaScriptFunctions = { acos, asin, atan2, atanSqrt, erf, exponentOf, ldexp };

/** Straight-line JavaScript for `roots`, and the text that stands for each root after it. */
export const renderJavaScript = (
  roots: Readonly<Record<string, Expr>>,
  options: JavaScriptOptions,
): Omit<Statements, "operations"> => finished(javaScriptSteps(roots, options));

/** The same, in steps. */
export function javaScriptSteps(
  roots: Readonly<Record<string, Expr>>,
  options: JavaScriptOptions,
): Steps<Omit<Statements, "operations">> {
  return statementSteps(roots, {
    ...options,
    name: "reference",
    literal: (value) => Object.is(value, -0) ? "-0" : String(value),
    operation: (op, args) => ops[op].js(...args),
    declare: (name, text) => `const ${name} = ${text};`,
  });
}
