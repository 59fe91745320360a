/** Taylor coefficients of expressions, against those that are known in closed form. */
import { evaluate, type Expr, variable } from "../../lib/expr/mod.ts";
import { node } from "../../lib/expr/expr.ts";
import { evaluateSeries, Series } from "../../lib/expr/series.ts";
import { assert, assertClose, assertDeepEquals, assertThrows } from "../assert.ts";
import { UnsupportedError } from "../../lib/errors.ts";

const x = variable("x");
const LENGTH = 12;

/** The coefficients of f at `start` + t. */
function taylor(f: Expr, start: number, length = LENGTH): number[] {
  const c = new Float64Array(length);
  c[0] = start, c[1] = 1;
  const [{ c: values }] = evaluateSeries([f], {
    variable: () => new Series(c),
    table: () => {
      throw new Error("there is no table");
    },
  });
  return [...values];
}

const factorial = (n: number): number => n < 2 ? 1 : n * factorial(n - 1);

const known: [string, Expr, number, (k: number) => number][] = [
  ["eˣ at 0", x.exp(), 0, (k) => 1 / factorial(k)],
  ["eˣ − 1 at 1", node("expm1", x), 1, (k) => k === 0 ? Math.expm1(1) : Math.E / factorial(k)],
  ["1/(1 − x)", x.neg().add(1).reciprocal(), 0, () => 1],
  ["log x at 2", x.log(), 2, (k) => k === 0 ? Math.LN2 : -((-0.5) ** k) / k],
  ["log(1 + x)", x.log1p(), 0, (k) => k === 0 ? 0 : -((-1) ** k) / k],
  ["sin x", x.sin(), 0, (k) => k % 2 === 0 ? 0 : (-1) ** ((k - 1) / 2) / factorial(k)],
  ["cos x", x.cos(), 0, (k) => k % 2 === 1 ? 0 : (-1) ** (k / 2) / factorial(k)],
  [
    "tanh x",
    x.tanh(),
    0,
    (k) => [0, 1, 0, -1 / 3, 0, 2 / 15, 0, -17 / 315, 0, 62 / 2835, 0, -1382 / 155925][k],
  ],
  [
    "erf x",
    x.erf(),
    0,
    (k) => k % 2 === 0 ? 0 : 2 / Math.sqrt(Math.PI) * (-1) ** ((k - 1) / 2) / (factorial((k - 1) / 2) * k),
  ],
  ["asin x", node("asin", x), 0, (k) => {
    const n = (k - 1) / 2;
    return k % 2 === 0 ? 0 : factorial(2 * n) / (4 ** n * factorial(n) ** 2 * k);
  }],
  ["atan2(x, 1)", node("atan2", x, x.mul(0).add(1)), 0, (k) => k % 2 === 0 ? 0 : (-1) ** ((k - 1) / 2) / k],
  ["√(1 + x)", x.add(1).sqrt(), 0, (k) => {
    let value = 1;
    for (let i = 0; i < k; i++) value *= (0.5 - i) / (i + 1);
    return value;
  }],
  ["|x| for x ↓ 0", x.abs(), 0, (k) => k === 1 ? 1 : 0],
  ["|x| at −1", x.abs(), -1, (k) => [1, -1][k] ?? 0],
  ["the larger of x and 2x for x ↓ 0", x.max(x.mul(2)), 0, (k) => k === 1 ? 2 : 0],
  ["x < 0 for x ↓ 0", x.lt(0).select(5, 7), 0, (k) => k === 0 ? 7 : 0],
  ["x·2³", x.ldexp(3), 1, (k) => k < 2 ? 8 : 0],
];

for (const [name, f, start, coefficient] of known) {
  Deno.test(`Taylor coefficients of ${name}`, () => {
    const expected = Array.from({ length: LENGTH }, (_, k) => coefficient(k));
    const found = taylor(f, start);
    assertClose([...found, ...new Array(LENGTH - found.length).fill(0)], expected, {
      rtol: 1e-13,
      atol: 1e-14,
    });
  });
}

Deno.test("Taylor coefficients add up to the value nearby", () => {
  const f = x.exp().log1p().mul(x.square().add(2).sqrt()).add(node("acos", x.tanh().erf())).div(x.add(3));
  const found = taylor(f, 0.4, 24);
  const step = 0.05;
  const sum = found.reduceRight((rest, c) => rest * step + c, 0);
  assert(Math.abs(sum - evaluate(f, { x: 0.4 + step })) < 1e-14, `${sum}`);
});

Deno.test("an expression of numbers alone is a number", () => {
  assertDeepEquals(taylor(x.mul(0).add(2).sqrt(), 1), [Math.SQRT2]);
});

Deno.test("a root that vanishes has no Taylor series", async () => {
  await assertThrows(
    () => taylor(x.sqrt(), 0),
    UnsupportedError,
    "Cannot expand an expression as the argument of sqrt must not vanish: current value is 0",
  );
});
