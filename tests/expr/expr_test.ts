/** Building expressions: sharing, simplification, evaluation, walks over graphs, and what is refused. */
import { evaluateHermiteSum } from "../../lib/expr/evaluate.ts";
import { hermiteSum, node, tableOf } from "../../lib/expr/expr.ts";
import { substitute, topological } from "../../lib/expr/graph.ts";
import * as expr from "../../lib/expr/mod.ts";
import { constant, evaluate, type Expr, variable } from "../../lib/expr/mod.ts";
import { exponentOf, type OpName, ops } from "../../lib/expr/ops.ts";
import { assert, assertClose, assertEquals, assertThrows } from "../assert.ts";
import { drawArguments } from "./op_cases.ts";
import { powerTable } from "./power_table.ts";

const [x, y, z] = ["x", "y", "z"].map((name) => variable(name));

Deno.test("equal expressions are the same object", () => {
  assert(variable("x") === x);
  assert(x.add(y) === variable("x").add(variable("y")));
  assert(constant(0.1) === constant(0.1));
  assert(x.mul(2).exp().sub(y) === x.mul(2).exp().sub(y));
});

Deno.test("commutative operations share both orders, the others do not", () => {
  for (const op of ["add", "mul", "min", "max", "eq", "and"] as const) {
    assert(node(op, x, y) === node(op, y, x), op);
  }
  for (const op of ["sub", "div", "lt", "atan2", "ldexp"] as const) {
    assert(node(op, x, y) !== node(op, y, x), op);
  }
});

Deno.test("variables of different scopes, zeros of different signs and different payloads are different", () => {
  assert(variable("v", "row1") !== variable("v", "row2"));
  assert(constant(0) !== constant(-0));
  assert(hermiteSum(x, y, z, 0) !== hermiteSum(x, y, z, 1));
});

Deno.test("expressions simplify while they are built", () => {
  const truth = x.lt(y);
  const cases: [string, Expr, Expr | number][] = [
    ["x + 0", x.add(0), x],
    ["0 + x", constant(0).add(x), x],
    ["x − 0", x.sub(0), x],
    ["0 − x", constant(0).sub(x), x.neg()],
    ["x − x", x.sub(x), 0],
    ["x · 0", x.mul(0), 0],
    ["x · 1", x.mul(1), x],
    ["1 · x", constant(1).mul(x), x],
    ["x · −1", x.mul(-1), x.neg()],
    ["x / 1", x.div(1), x],
    ["0 / x", constant(0).div(x), 0],
    ["−(−x)", x.neg().neg(), x],
    ["min(x, x)", x.min(x), x],
    ["max(x, x)", x.max(x), x],
    ["|√x|", x.sqrt().abs(), x.sqrt()],
    ["|x²|", x.square().abs(), x.square()],
    ["||x||", x.abs().abs(), x.abs()],
    ["eˣ < 0", x.exp().lt(0), 0],
    ["max(√x, 0)", x.sqrt().max(0), x.sqrt()],
    ["select(true, x, y)", constant(1).select(x, y), x],
    ["select(false, x, y)", constant(0).select(x, y), y],
    ["select(c, x, x)", truth.select(x, x), x],
    ["true and c", constant(1).and(truth), truth],
    ["c and true", truth.and(constant(1)), truth],
    ["false and c", constant(0).and(truth), 0],
    ["c and false", truth.and(constant(0)), 0],
    ["2 + 3", constant(2).add(3), 5],
    ["exp 0", constant(0).exp(), 1],
    ["√−1", constant(-1).sqrt(), 0],
    ["x⁰", x.pow(0), 1],
    ["x¹", x.pow(1), x],
    ["x⁵", x.pow(5), x.square().square().mul(x)],
  ];
  for (const [text, actual, expected] of cases) {
    const simple = typeof expected === "number" ? constant(expected) : expected;
    assert(actual === simple, `${text} gives ${actual}, not ${simple}`);
  }
  for (const kept of [x.abs(), x.max(0), x.lt(0), x.mul(y).abs()]) {
    assert(kept.args.includes(x) || kept.args[0].kind === "mul");
  }
});

Deno.test("constants that fold to NaN stay an operation", () => {
  assertEquals(constant(-1).log().kind, "log");
});

Deno.test("every operation evaluates as its definition in the table", () => {
  for (const op of Object.keys(ops) as OpName[]) {
    const args = drawArguments(op, "float64", 20);
    const names = args.map((_, k) => `a${k}`);
    const operation = node(op, ...names.map((name) => variable(name)));
    for (let i = 0; i < args[0].length; i++) {
      const point = args.map((values) => values[i]);
      const bindings = Object.fromEntries(names.map((name, k) => [name, point[k]]));
      assertClose(evaluate(operation, bindings), ops[op].evaluate(...point), { message: op });
    }
  }
});

Deno.test("evaluate refuses an unbound variable", () =>
  assertThrows(
    () => evaluate(x.add(y), { x: 1 }),
    TypeError,
    "Cannot evaluate as variable y must be a number: current value is undefined",
  ));

Deno.test("a Hermite sum is the sum of its definition", () => {
  const [c, var1, var2, rho] = [[1, 0.5, -2, 3], 1.5, 0.8, 0.3];
  const falling = (k: number, m: number): number => m === 0 ? 1 : (k - m + 1) * falling(k, m - 1);
  const table = powerTable(c);
  for (const m of [0, 1, 2]) {
    const terms = c.map((ck, k) => k < m ? 0 : falling(k, m) * ck ** 2 * (var1 * var2) ** k * rho ** (k - m));
    const sum = hermiteSum(tableOf(table, x), tableOf(table, y), z, m);
    const expected = terms.reduce((total, term) => total + term);
    assertClose(evaluate(sum, { x: var1, y: var2, z: rho }), expected, { rtol: 1e-14 });
  }
});

Deno.test("the shorter vector ends a Hermite sum", () => {
  assertClose(evaluateHermiteSum([1, 2, 3], [1, 1], 0.5, 0), 2);
});

Deno.test("the exponent is exact at powers of two, next to them and for subnormal numbers", () => {
  for (let k = -1074; k <= 1023; k++) assertEquals(exponentOf(2 ** k), k);
  for (let k = -1022; k <= 1023; k++) assertEquals(exponentOf(-(2 ** k) * (2 - 2 ** -52)), k);
  for (let k = -1021; k <= 1023; k++) assertEquals(exponentOf(2 ** k * (1 - 2 ** -53)), k - 1);
});

Deno.test("composed functions equal those of Math", () => {
  const pairs = [["asin", 0.999999], ["acos", -0.3], ["acos", 0.9999999], ["atan", -40], [
    "sinh",
    1e-5,
  ]] as const;
  const more = [["sinh", -3], ["cosh", 2], ["tanh", 0.4], ["sign", -2], ["sign", 0], ["sign", 5]] as const;
  for (const [name, at] of [...pairs, ...more]) {
    assertClose(evaluate(expr[name](x), { x: at }), Math[name](at), { rtol: 4e-16 });
  }
  assertClose(evaluate(expr.softplus(x), { x: -800 }), 0);
  assertClose(evaluate(expr.softplus(x), { x: 800 }), 800);
  assertClose(evaluate(expr.sigmoid(x), { x: -1.5 }), 1 / (1 + Math.exp(1.5)), { rtol: 4e-16 });
});

Deno.test("topological gives every node once, after its arguments, for a chain 10 000 deep", () => {
  let chain: Expr = x;
  for (let i = 0; i < 10_000; i++) chain = chain.mul(y).add(z);
  const order = topological([chain]);
  const position = new Map(order.map((entry, i) => [entry, i]));
  assertEquals(order.length, 20_003);
  assertEquals(position.size, order.length);
  for (const [entry, i] of position) assert(entry.args.every((arg) => position.get(arg)! < i));
  assertEquals(evaluate(chain, { x: 1, y: 1, z: 1 }), 10_001);
});

Deno.test("topological visits the nodes that several roots share once", () => {
  const shared = x.exp();
  const order = topological([shared.sub(y), shared]);
  for (const [i, entry] of [x, shared, y, shared.sub(y)].entries()) assert(order[i] === entry);
  assertEquals(order.length, 4);
});

Deno.test("substitute replaces nodes below and simplifies again", () => {
  const [replaced, kept] = substitute([x.exp().mul(y), z], new Map([[x.exp(), constant(1)]]));
  assert(replaced === y);
  assert(kept === z);
});

Deno.test("JavaScript's arithmetic and wrong operands are refused", async () => {
  const arithmetic =
    "Cannot use an expression in JavaScript arithmetic as it must be built with methods: current value is an " +
    "Expr, so write x.mul(2), x.lt(0).select(a, b), x.exp()";
  const untyped: { x: unknown } = { x };
  await assertThrows(() => Math.exp(untyped.x as number), TypeError, arithmetic);
  await assertThrows(() => (untyped.x as number) * 2, TypeError, arithmetic);
  await assertThrows(
    () => x.add("1" as unknown as number),
    TypeError,
    'Cannot build an expression as an operand must be an Expr or a number: current value is "1"',
  );
  await assertThrows(
    () => x.mul(NaN),
    RangeError,
    "Cannot build a constant as it must be a number: current value is NaN",
  );
  for (const n of [-1, 0.5, NaN]) {
    await assertThrows(
      () => x.pow(n),
      RangeError,
      `Cannot raise to a power as it must be a non-negative integer: current value is ${n}`,
    );
  }
});

Deno.test("expressions print as text", () => {
  assertEquals(`${x.sub(y).exp()}`, "exp(sub(x, y))");
});
