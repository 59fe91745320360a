/** Every operation in compiled C, held to its error in ULP. */
import type { DType } from "../../lib/array/dtype.ts";
import { approximations } from "../../lib/expr/approximations/mod.ts";
import { evaluate } from "../../lib/expr/evaluate.ts";
import { constant, type Expr, hermiteSum, node, variable } from "../../lib/expr/expr.ts";
import { type OpName, ops } from "../../lib/expr/ops.ts";
import { renderC } from "../../lib/render/c.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { assert, assertClose, assertEquals, assertThrows } from "../assert.ts";
import highPrecision from "../expr/high_precision.json" with { type: "json" };
import { drawArguments, opCases } from "../expr/op_cases.ts";
import { evaluateNatively, nativeTest } from "../native.ts";
import { worstUlp } from "../ulp.ts";

const names = Object.keys(ops) as OpName[];

/** Arguments of `op`, and the exact values there as high + low: 50-digit ones where there are some. */
function truth(op: OpName, precision: DType) {
  if (precision === "float64" && approximations.has(op)) {
    const rows: number[][] = highPrecision[op as keyof typeof highPrecision];
    const columns = rows[0].map((_, k) => rows.map((row) => row[k]));
    return { args: columns.slice(0, -2), high: columns.at(-2)!, low: columns.at(-1)! };
  }
  const args = drawArguments(op, precision, 1000);
  const values = Array.from(args[0], (_, i) => ops[op].evaluate(...args.map((column) => column[i])));
  const exact = opCases[op].ulp === 0 && precision === "float32" ? values.map(Math.fround) : values;
  return { args, high: exact, low: exact.map(() => 0) };
}

for (const precision of ["float32", "float64"] as const) {
  for (const op of names) {
    nativeTest(`${op} in C ${precision} is within ${opCases[op].gpuUlp} ULP`, async () => {
      const { args, high, low } = truth(op, precision);
      const expr = node(op, ...args.map((_, k) => variable(`a${k}`)));
      const bindings = Object.fromEntries(args.map((values, k) => [`a${k}`, values]));
      const actual = await evaluateNatively(expr, bindings, precision);
      const { error, index } = worstUlp(actual, high, precision, low);
      const at = `${op}(${args.map((values) => values[index])}) = ${high[index]}, not ${actual[index]}`;
      assert(error <= opCases[op].gpuUlp, `${error} ULP: ${at}`);
    });
  }

  nativeTest(`constants in C ${precision} arrive unchanged`, async () => {
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
      1e21,
      Infinity,
    ];
    const index = variable("index");
    const chosen = values.reduce<Expr>((rest, x, i) => index.eq(i).select(x, rest), index);
    const actual = await evaluateNatively(chosen, { index: values.map((_, i) => i) }, precision);
    values.forEach((x, i) =>
      assert(Object.is(actual[i], precision === "float32" ? Math.fround(x) : x), `${x}`)
    );
  });

  nativeTest(`a composition in C ${precision} that mixes truth values and numbers`, async () => {
    const x = variable("x");
    const expr = x.gt(0).mul(x).add(x.floor().select(2, 3)).add(x.lt(1).eq(x.gt(-1)).and(x).select(10, 0));
    const inputs = [-3, -0.5, 0, 0.25, 0.75, 1.5, 8];
    const actual = await evaluateNatively(expr, { x: inputs }, precision);
    assertClose(actual, inputs.map((value) => evaluate(expr, { x: value })));
  });

  nativeTest(`a chain of 2000 operations in C ${precision}`, async () => {
    const x = variable("x");
    let chain: Expr = x;
    for (let i = 0; i < 1000; i++) chain = chain.mul(0.5).add(i % 2);
    const actual = await evaluateNatively(chain, { x: [1, 2] }, precision);
    assertClose(actual, [1, 2].map((value) => evaluate(chain, { x: value })), { rtol: 1e-6 });
  });
}

Deno.test("C has statements for shared values and selects without branches", () => {
  const x = variable("x");
  const shared = x.mul(x).add(2);
  const { statements, results } = renderC({ value: shared.lt(3).select(shared, shared.sqrt()) }, {
    precision: "float32",
    reference: String,
  });
  assertEquals(
    `${statements}\n${results.value}`,
    "const float t0 = ((x * x) + 2.0f);\nconst float t1 = select_((t0 < 3.0f), t0, sqrt_(t0));\nt1",
  );
});

Deno.test("C refuses Hermite sums within a segment", () => {
  const sum = hermiteSum(variable("f0", "row1"), variable("f0", "row2"), constant(0.5));
  return assertThrows(() => renderC({ sum }, { precision: "float64", reference: String }), UnsupportedError);
});
