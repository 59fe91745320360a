/** Forward functions on arrays: an expression of one variable as a plain function. */
import { type Expr, variable } from "../expr/expr.ts";
import { javaScriptFunctions, renderJavaScript } from "../render/javascript.ts";

/** The variable of forward functions. */
export const input: Expr = variable("x");

/** The expression in `input` as a JavaScript function. */
export function plainFunction(expr: Expr): (x: number) => number {
  const { statements, results } = renderJavaScript({ y: expr }, { reference: () => "x" });
  const body = `return (x) => { ${statements}\n return ${results.y}; };`;
  return new Function(...Object.keys(javaScriptFunctions), body)(...Object.values(javaScriptFunctions));
}
