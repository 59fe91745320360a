/** Expressions whose values are in range though something on the way is not; values by mpmath with 60 digits. */
import { expr, stax } from "../../mod.ts";
import { fromGraph, toGraph } from "../../lib/expr/json.ts";
import { ldexp } from "../../lib/expr/ops.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { operate } from "../../lib/rows/operations.ts";
import { javaScriptFunctions, renderJavaScript } from "../../lib/render/javascript.ts";
import { assert, assertClose, assertEquals, assertThrows } from "../assert.ts";

const { constant, cosh, differentiate, evaluate, select, sigmoid, sinh, softplus, variable } = expr;
type Expr = expr.Expr;
const x = variable("x");

const cases: [name: string, value: Expr, at: number, right: number][] = [
  ["sinh", sinh(x), 710.4, 1.66636428328064958422138e308],
  ["sinh", sinh(x), -710.2, -1.364303684552710790473081e308],
  ["sinh", sinh(x), 1e-20, 1e-20],
  ["sinh", sinh(x), 711, Infinity],
  ["sinh", sinh(x), -2000, -Infinity],
  ["cosh", cosh(x), 710.4, 1.66636428328064958422138e308],
  ["cosh", cosh(x), -710.2, 1.364303684552710790473081e308],
  ["cosh", cosh(x), 711, Infinity],
  ["slope of sinh", differentiate(sinh(x), x), 710.4, 1.66636428328064958422138e308],
  ["slope of cosh", differentiate(cosh(x), x), -710.2, -1.364303684552710790473081e308],
  ["sigmoid", sigmoid(x), -700, 9.859676543759770856705373e-305],
  ["slope of sigmoid", differentiate(sigmoid(x), x), -800, 0],
  ["slope of sigmoid", differentiate(sigmoid(x), x), 800, 0],
  ["slope of sigmoid", differentiate(sigmoid(x), x), -700, 9.859676543759770856705373e-305],
  ["slope of sigmoid", differentiate(sigmoid(x), x), -40, 4.248354255291588959232207e-18],
  ["slope of sigmoid", differentiate(sigmoid(x), x), 0, 0.25],
  ["slope of swish", differentiate(x.mul(sigmoid(x)), x), 800, 1],
  ["slope of swish", differentiate(x.mul(sigmoid(x)), x), -800, 0],
  ["slope of softplus", differentiate(softplus(x), x), 800, 1],
  // The exponential that is not chosen overflows.
  ["slope of elu by select", differentiate(select(x.lt(0), x.exp().sub(1), x), x), 800, 1],
  ["slope of min(eˣ, 3)", differentiate(x.exp().min(3), x), 800, 0],
  ["slope of max(−eˣ, x)", differentiate(x.exp().neg().max(x), x), 800, 1],
  ["slope of |x|", differentiate(x.abs(), x), -3, -1],
  ["x·1e-200·1e-120", x.mul(1e-200).mul(1e-120), 1e100, 1e-220],
  ["x·1e200·1e120", x.mul(1e200).mul(1e120), 1e-100, 1e220],
  ["ldexp(x, 1030)", x.ldexp(1030), 1e-300, 11505236063.11882209777832],
  ["ldexp(x, −1080)", x.ldexp(-1080), 1e300, 7.719775716269477658083861e-26],
  ["ldexp(0, 2000)", x.ldexp(2000), 0, 0],
  ["x^(2³¹)", x.pow(2 ** 31), -1, 1],
  ["x^(2³² + 1)", x.pow(2 ** 32 + 1), -1, -1],
  ["x^(2³²)", x.pow(2 ** 32), 0, 0],
];
for (const [name, value, at, right] of cases) {
  Deno.test(`${name} at ${at} is ${right}, evaluated and as JavaScript`, () => {
    assertClose(evaluate(value, { x: at }), right, { rtol: 2e-15 });
    const { statements, results } = renderJavaScript({ value }, { reference: () => "x" });
    const body = `${statements}\nreturn ${results.value};`;
    const compiled = new Function(...Object.keys(javaScriptFunctions), "x", body);
    assertClose(compiled(...Object.values(javaScriptFunctions), at), right, { rtol: 2e-15 });
  });
}

Deno.test("powers beyond 32 bits: (1 + 2⁻³²)^(2³²)", () => {
  // Each of 32 squarings doubles the error.
  assertClose(evaluate(x.pow(2 ** 32), { x: 1 + 2 ** -32 }), 2.7182818281425955816, { rtol: 1e-6 });
});

Deno.test("columns have the values of ldexp", () => {
  const [values, powers] = [[1e-300, 1e300, 0, 3, -5e-324], [1030, -1080, 2000, -2, 1074]].map((list) =>
    Float64Array.from(list)
  );
  assertEquals(
    String(operate("ldexp", [values, powers], 5)),
    String(values.map((value, i) => ldexp(value, powers[i]))),
  );
  assertEquals(ldexp(-5e-324, 1074), -1);
});

Deno.test("constants that make no number stay what they are evaluated to", () => {
  const none = [
    constant(0).div(0),
    constant(Infinity).mul(0),
    constant(0).mul(-Infinity),
    constant(Infinity).sub(Infinity),
    constant(-1).log(),
  ];
  for (const value of none) assert(Number.isNaN(evaluate(value)), String(value));
  assertEquals(constant(1).div(0), constant(Infinity));
  assertEquals(x.mul(0), constant(0));
});

/** To text and back. */
const copied = (value: Expr) => fromGraph(JSON.parse(JSON.stringify(toGraph(value))));

Deno.test("infinities, −0 and names like numbers go through JSON", async () => {
  for (const value of [Infinity, -Infinity, -0, 0, 5e-324, 1.7976931348623157e308]) {
    assert(Object.is(copied(constant(value)).value, value), String(value));
  }
  const quotient = x.div(-0);
  assertEquals(copied(quotient), quotient);
  assertEquals(evaluate(copied(quotient), { x: 1 }), -Infinity);
  for (const name of ["xInfinity", "NaN", "0", "__proto__"]) {
    assertEquals(copied(variable(name)), variable(name));
  }
  for (const name of ["Infinity", "-Infinity", "-0"]) {
    await assertThrows(
      () => toGraph(variable(name)),
      UnsupportedError,
      `Cannot serialise an expression as the name of a variable must not be that of a number: current value is "${name}"`,
    );
  }
  const layer = stax.Elementwise({ nngp: ({ cov }) => cov.atan2(-0), fn: (x) => x.max(-Infinity) });
  assertEquals(stax.toJSON(stax.fromJSON(stax.toJSON(layer))), stax.toJSON(layer));
  assert(stax.toJSON(layer).includes('"-0"'));
});
