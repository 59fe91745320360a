/** Forward functions on arrays: an expression of one variable as a plain function. */
import { type Expr, variable } from "../expr/expr.ts";
import { javaScriptFunctions, renderJavaScript } from "../render/javascript.ts";

/** The variable of forward functions. */
export const input: Expr = variable("x");

/** The expression in `input`, and in nothing else, as a JavaScript function. */
export function plainFunction(expr: Expr): (x: number) => number {
  const reference = (leaf: Expr) => {
    if (leaf === input) return "x";
    throw new TypeError(
      `Cannot use a nonlinearity as fn must depend on its argument alone: current value is ${expr}`,
    );
  };
  const { statements, results } = renderJavaScript({ y: expr }, { reference });
  const body = `return (x) => { ${statements}\n return ${results.y}; };`;
  return new Function(...Object.keys(javaScriptFunctions), body)(...Object.values(javaScriptFunctions));
}
