/** The approximations evaluated operation by operation: float32 against `Math`, float64 against 50-digit values. */
import type { DType } from "../../lib/array/dtype.ts";
import { approximations } from "../../lib/expr/approximations/mod.ts";
import { type Expr, variable } from "../../lib/expr/expr.ts";
import { topological } from "../../lib/expr/graph.ts";
import { type OpName, ops } from "../../lib/expr/ops.ts";
import { assert, assertEquals } from "../assert.ts";
import { worstUlp } from "../ulp.ts";
import { evaluateRounded } from "./evaluate_rounded.ts";
import highPrecision from "./high_precision.json" with { type: "json" };
import { drawArguments, opCases } from "./op_cases.ts";

const names = [...approximations.keys()] as OpName[];

function approximation(op: OpName, precision: DType): Expr {
  return approximations.get(op)!(precision, variable("a0"), variable("a1"));
}

function approximate(op: OpName, precision: DType, args: ArrayLike<number>[]): Float64Array {
  const bindings = Object.fromEntries(args.map((values, k) => [`a${k}`, values]));
  return evaluateRounded(approximation(op, precision), bindings, precision);
}

const at = (op: OpName, precision: DType, ...args: number[]) =>
  approximate(op, precision, args.map((x) => [x]))[0];

for (const op of names) {
  Deno.test(`${op} in float32 is within ${opCases[op].ulp} ULP`, () => {
    const args = drawArguments(op, "float32", 2000);
    const exact = args[0].map((_, i) => ops[op].evaluate(...args.map((values) => values[i])));
    const { error, index } = worstUlp(approximate(op, "float32", args), exact, "float32");
    assert(error <= opCases[op].ulp, `${error} ULP at ${args.map((values) => values[index])}`);
  });

  Deno.test(`${op} in float64 is within ${opCases[op].ulp} ULP of 50-digit values`, () => {
    const rows: number[][] = highPrecision[op as keyof typeof highPrecision];
    const column = (k: number) => rows.map((row) => row[k]);
    const args = rows[0].slice(0, -2).map((_, k) => column(k));
    const actual = approximate(op, "float64", args);
    const { error, index } = worstUlp(actual, column(args.length), "float64", column(args.length + 1));
    assert(error <= opCases[op].ulp, `${error} ULP at ${args.map((values) => values[index])}`);
  });
}

Deno.test("approximations use primitive operations only", () => {
  const primitive = new Set(
    "const variable add sub mul div neg abs min max floor lt eq and select sqrt ldexp exponent".split(" "),
  );
  for (const op of names) {
    for (const precision of ["float32", "float64"] as const) {
      for (const { kind } of topological([approximation(op, precision)])) assert(primitive.has(kind), kind);
    }
  }
});

for (const precision of ["float32", "float64"] as const) {
  const max = precision === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const negativeZeroIsZero = (x: number) => x + 0;
  const cases: [OpName, number[], number][] = [
    ["exp", [0], 1],
    ["exp", [1000], max],
    ["exp", [1e30], max],
    ["exp", [-1000], 0],
    ["exp", [-1e30], 0],
    ["expm1", [0], 0],
    ["expm1", [1e30], max],
    ["expm1", [-1e30], -1],
    ["log", [1], 0],
    ["log", [0], -max],
    ["log", [-1], -max],
    ["log1p", [0], 0],
    ["log1p", [-1], -max],
    ["sin", [0], 0],
    ["cos", [0], 1],
    ["tanh", [0], 0],
    ["tanh", [1e30], 1],
    ["tanh", [-1e30], -1],
    ["erf", [0], 0],
    ["erf", [1e30], 1],
    ["erf", [-1e30], -1],
    ["erf", [6], 1],
    ["atan2", [0, 0], 0],
    ["atan2", [0, 1e30], 0],
    ["atan2", [0, -1], Math.PI],
    ["atan2", [0, -1e30], Math.PI],
    ["atan2", [1e30, 0], Math.PI / 2],
    ["atan2", [-1e-30, 0], -Math.PI / 2],
    ["atan2", [1e38, 1e38], Math.PI / 4],
    ["atan2", [-1e-37, 1e-37], -Math.PI / 4],
  ];
  Deno.test(`approximations in ${precision} at their limits`, () => {
    for (const [op, args, expected] of cases) {
      const rounded = precision === "float32" ? Math.fround(expected) : expected;
      assertEquals(negativeZeroIsZero(at(op, precision, ...args)), rounded, `${op}(${args})`);
    }
  });

  Deno.test(`erf, tanh and sin in ${precision} are odd`, () => {
    for (const op of ["erf", "tanh", "sin"] as const) {
      for (const x of [1e-30, 1e-3, 0.3, 0.56, 0.9999, 1.2, 3.1, 5.5, 700]) {
        assertEquals(at(op, precision, -x), -at(op, precision, x), `${op}(${x})`);
      }
    }
  });

  Deno.test(`sin and cos in ${precision} stay within [-1, 1] beyond their range`, () => {
    for (const op of ["sin", "cos"] as const) {
      for (const x of [1e7, 1e10, 1e20, 1e38]) {
        assert(Math.abs(at(op, precision, x)) <= 1, `${op}(${x})`);
        assert(Math.abs(at(op, precision, -x)) <= 1, `${op}(${-x})`);
      }
    }
  });
}
