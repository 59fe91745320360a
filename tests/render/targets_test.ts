/** Every operation on every target: JavaScript must equal the plain evaluation, WGSL is held to its error in ULP. */
import type { DType } from "../../lib/array/dtype.ts";
import { approximations } from "../../lib/expr/approximations/mod.ts";
import { evaluate } from "../../lib/expr/evaluate.ts";
import { type Expr, node, type Variable, variable } from "../../lib/expr/expr.ts";
import { type OpName, ops } from "../../lib/expr/ops.ts";
import { javaScriptFunctions, renderJavaScript } from "../../lib/render/javascript.ts";
import { assert, assertClose } from "../assert.ts";
import highPrecision from "../expr/high_precision.json" with { type: "json" };
import { drawArguments, opCases } from "../expr/op_cases.ts";
import { worstUlp } from "../ulp.ts";
import { evaluateOnGpu, gpuTest } from "../webgpu.ts";

const names = Object.keys(ops) as OpName[];

/** The operation on variables a0, a1, … */
function operation(op: OpName): Expr {
  return node(op, ...Array.from({ length: opCases[op].edges[0].length }, (_, k) => variable(`a${k}`)));
}

const bind = (args: ArrayLike<number>[]) => Object.fromEntries(args.map((values, k) => [`a${k}`, values]));

/** The exact values (high + low) of `op` at arguments: 50-digit ones where there are some, else plain ones. */
function truth(op: OpName, precision: DType) {
  if (precision === "float64" && approximations.has(op)) {
    const rows: number[][] = highPrecision[op as keyof typeof highPrecision];
    const columns = rows[0].map((_, k) => rows.map((row) => row[k]));
    return { args: columns.slice(0, -2), high: columns.at(-2)!, low: columns.at(-1)! };
  }
  const args = drawArguments(op, precision, 1000);
  const values = args[0].map((_, i) => ops[op].evaluate(...args.map((column) => column[i])));
  const exact = opCases[op].ulp === 0 && precision === "float32" ? values.map(Math.fround) : values;
  return { args, high: exact, low: exact.map(() => 0) };
}

for (const op of names) {
  Deno.test(`${op} in JavaScript equals the plain evaluation`, () => {
    const { statements, results } = renderJavaScript({ value: operation(op) }, {
      reference: ({ payload }) => (payload as Variable).name,
    });
    const parameters = [...Object.keys(javaScriptFunctions), "a0", "a1", "a2"];
    const compiled = new Function(...parameters, `${statements}\nreturn ${results.value};`);
    const args = drawArguments(op, "float64", 200);
    for (let i = 0; i < args[0].length; i++) {
      const point = args.map((values) => values[i]);
      const expected = evaluate(operation(op), Object.fromEntries(point.map((x, k) => [`a${k}`, x])));
      assertClose(compiled(...Object.values(javaScriptFunctions), ...point), expected, {
        message: `${op}(${point})`,
      });
    }
  });

  for (const precision of ["float32", "float64"] as const) {
    gpuTest(`${op} in WGSL ${precision} is within ${opCases[op].gpuUlp} ULP`, async (device) => {
      const { args, high, low } = truth(op, precision);
      const actual = await evaluateOnGpu(device, operation(op), bind(args), precision);
      const { error, index } = worstUlp(actual, high, precision, low);
      const at = `${op}(${args.map((values) => values[index])}) = ${high[index]}, not ${actual[index]}`;
      assert(error <= opCases[op].gpuUlp, `${error} ULP: ${at}`);
    }, precision);
  }
}

for (const precision of ["float32", "float64"] as const) {
  gpuTest(`constants in WGSL ${precision} arrive unchanged`, async (device) => {
    const round = precision === "float32" ? Math.fround : Number;
    const values = [
      0,
      -0,
      0.1,
      1 / 3,
      Math.PI,
      -1e-30,
      1e30,
      16777217,
      2 ** -126,
      1.1e-38,
      3.4e38,
      123456789,
    ];
    const index = variable("index");
    const chosen = values.reduce<Expr>((rest, x, i) => index.eq(i).select(x, rest), index);
    const actual = await evaluateOnGpu(device, chosen, { index: values.map((_, i) => i) }, precision);
    assertClose(actual, values.map(round));
  }, precision);

  gpuTest(`a composition in WGSL ${precision} that mixes truth values and numbers`, async (device) => {
    const x = variable("x");
    const expr = x.gt(0).mul(x).add(x.floor().select(2, 3)).add(x.lt(1).eq(x.gt(-1)).and(x).select(10, 0));
    const inputs = [-3, -0.5, 0, 0.25, 0.75, 1.5, 8];
    const actual = await evaluateOnGpu(device, expr, { x: inputs }, precision);
    assertClose(actual, inputs.map((value) => evaluate(expr, { x: value })));
  }, precision);

  gpuTest(`a chain of 2000 operations in WGSL ${precision}`, async (device) => {
    const x = variable("x");
    let chain: Expr = x;
    for (let i = 0; i < 1000; i++) chain = chain.mul(0.5).add(i % 2);
    const actual = await evaluateOnGpu(device, chain, { x: [1, 2] }, precision);
    assertClose(actual, [1, 2].map((value) => evaluate(chain, { x: value })), { rtol: 1e-6 });
  }, precision);
}
