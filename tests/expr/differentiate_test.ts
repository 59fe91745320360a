/** Symbolic derivatives against finite differences, for every operation, and what cannot be differentiated. */
import { differentiate } from "../../lib/expr/differentiate.ts";
import { evaluate } from "../../lib/expr/evaluate.ts";
import { constant, type Expr, hermiteSum, node, tableOf, variable } from "../../lib/expr/expr.ts";
import { type OpName, ops } from "../../lib/expr/ops.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { assert, assertClose, assertEquals, assertThrows } from "../assert.ts";
import { powerTable } from "./power_table.ts";

const names = ["x", "y", "z"];
const [x, y, z] = names.map((name) => variable(name));

/** Points away from kinks, jumps and the ends of domains. */
const points: Readonly<Record<OpName, number[][]>> = {
  add: [[0.7, -1.3]],
  sub: [[0.7, -1.3]],
  mul: [[0.7, -1.3]],
  div: [[0.7, -1.3], [-2, 0.4]],
  neg: [[0.7]],
  abs: [[0.7], [-0.7]],
  min: [[0.7, -1.3], [-1.3, 0.7]],
  max: [[0.7, -1.3], [-1.3, 0.7]],
  floor: [[0.7], [-2.3]],
  lt: [[0.7, -1.3], [-1.3, 0.7]],
  eq: [[0.7, -1.3]],
  and: [[0.7, 1]],
  select: [[1, 0.7, -1.3], [-0.5, 0.3, 0.2]],
  sqrt: [[0.7], [40]],
  exp: [[0.7], [-3]],
  expm1: [[0.7], [-3]],
  log: [[0.7], [40]],
  log1p: [[0.7], [-0.6]],
  sin: [[0.7], [-3]],
  cos: [[0.7], [-3]],
  tanh: [[0.7], [-1.5]],
  erf: [[0.7], [-1.5]],
  asin: [[0.7], [-0.3]],
  acos: [[0.7], [-0.3]],
  atan2: [[0.7, 1.3], [0.7, -1.3], [-0.7, -1.3], [-0.7, 1.3]],
  atanSqrt: [[0.3], [0.9]],
  ldexp: [[0.7, 3], [-1.3, -2]],
  exponent: [[0.7], [-5]],
};

/** The slope at 0 of a smooth function, by the five-point rule (its error is h⁴). */
function slope(f: (h: number) => number): number {
  const h = 1e-3;
  return (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h);
}

const bind = (point: number[]) => Object.fromEntries(point.map((value, k) => [names[k], value]));

function assertDerivative(expr: Expr, point: number[], k: number): void {
  const moved = (h: number) => evaluate(expr, bind(point.map((value, i) => i === k ? value + h : value)));
  const actual = evaluate(differentiate(expr, [x, y, z][k]), bind(point));
  const message = `∂/∂${names[k]} ${expr} at ${point}`;
  assertClose(actual, slope(moved), { rtol: 1e-9, atol: 1e-10, message });
}

for (const op of Object.keys(ops) as OpName[]) {
  Deno.test(`the derivative of ${op}`, () => {
    for (const point of points[op]) {
      const operation = node(op, ...[x, y, z].slice(0, point.length));
      // The exponent of ldexp is an integer, which has no slope.
      for (let k = 0; k < (op === "ldexp" ? 1 : point.length); k++) assertDerivative(operation, point, k);
    }
  });
}

Deno.test("the chain rule through shared values", () => {
  const shared = x.mul(y).sin().add(1.5);
  const composite = shared.square().div(shared.sqrt().add(y.exp())).atan2(shared.log());
  assertDerivative(composite, [0.7, -1.3], 0);
  assertDerivative(composite, [0.7, -1.3], 1);
});

Deno.test("second derivatives", () => {
  const second = differentiate(differentiate(x.tanh().mul(x), x), x);
  const first = differentiate(x.tanh().mul(x), x);
  assertClose(evaluate(second, { x: 0.4 }), slope((h) => evaluate(first, { x: 0.4 + h })), { rtol: 1e-9 });
});

Deno.test("a Hermite sum differentiates in rho", () => {
  const table = tableOf(powerTable([1, 0.5, -2, 3, 0.25]), constant(1.2));
  assertDerivative(hermiteSum(table, table, x), [0.3], 0);
  assertDerivative(hermiteSum(table, table, x.mul(y), 1), [0.3, 0.9], 1);
});

Deno.test("kinks, jumps and the end of the root count as slope 0 or one-sided", () => {
  const at = (expr: Expr, value: number) => evaluate(differentiate(expr, x), { x: value });
  assertEquals(at(x.sqrt(), 0), 0);
  assertEquals(at(x.sqrt(), -1), 0);
  assertEquals(at(x.abs(), 0), 1);
  assertEquals(at(x.max(0), 0), 0);
  assertEquals(at(x.floor(), 2), 0);
});

Deno.test("what is not chosen may have any slope", () => {
  const at = (expr: Expr, value: number) => evaluate(differentiate(expr, x), { x: value });
  // 1/x and its slope are infinite at 0, where the constant is chosen.
  assertEquals(at(x.reciprocal().min(5), 0), 0);
  assertEquals(at(x.reciprocal().neg().max(-5), 0), 0);
  assertEquals(at(x.gt(0).select(x.reciprocal(), x.mul(3)), 0), 3);
});

Deno.test("what does not depend on the variable has slope 0", () => {
  assert(differentiate(y.exp(), x) === constant(0));
  assert(differentiate(x, x) === constant(1));
});

Deno.test("host functions cannot be differentiated", async () => {
  const message = (kind: string) =>
    `Cannot differentiate ${kind} as it must be a closed form: current value is a host function, give its derivative`;
  const table = tableOf(powerTable([1]), x);
  await assertThrows(() => differentiate(hermiteSum(table, table, y), x), UnsupportedError, message("table"));
});
