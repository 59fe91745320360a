/** Forward functions on arrays: an expression of one variable as a plain function. */
import { type Expr, variable } from "../expr/expr.ts";
import { exponentOf } from "../expr/ops.ts";
import { renderJavaScript } from "../render/javascript.ts";
import { erf } from "../special/erf.ts";

/** The variable of forward functions. */
export const input: Expr = variable("x");

/** The expression in `input` as a JavaScript function. */
export function plainFunction(expr: Expr): (x: number) => number {
  const refuse = () => {
    throw new TypeError(
      "Cannot apply a function as it must depend on x alone: current value is a kernel expression",
    );
  };
  const { statements, results } = renderJavaScript([expr], {
    reference: () => "x",
    hermiteSum: refuse,
    pairIntegral: refuse,
  });
  const body = `return (x) => { ${statements.join(" ")} return ${results[0]}; };`;
  return new Function("erf", "exponentOf", body)(erf, exponentOf);
}
