/** Elementary functions of double-double numbers against 60 digits. */
import assert from "node:assert/strict";
import cases from "./double_double.json" with { type: "json" };
import { type DoubleDouble, subtract } from "../lib/special/double_double.ts";
import * as functions from "../lib/special/double_double_functions.ts";

/** Of the value; arguments of functions that are steep there count as exact. */
const TOLERANCE = 2 ** -97;

for (const name of new Set(cases.map(({ name }) => name))) {
  Deno.test(`${name} of double-double numbers`, () => {
    const evaluate = functions[name as keyof typeof functions] as (...x: DoubleDouble[]) => DoubleDouble;
    for (const { arguments: given, value } of cases.filter((one) => one.name === name)) {
      const computed = evaluate(...given as unknown as DoubleDouble[]);
      const [error] = subtract(computed, value as unknown as DoubleDouble);
      assert(
        Math.abs(error) <= TOLERANCE * Math.abs(value[0]),
        `${name}(${given.join("; ")}) is ${computed}, right ${value}, off by ${error / value[0]}`,
      );
    }
  });
}

Deno.test("double-double functions at the ends of their ranges", () => {
  const { acos, atan2, erf, exp, floor, isBelow, log, sqrt, tanh } = functions;
  assert.deepEqual(exp([800, 0]), [Infinity, 0]);
  assert.deepEqual(exp([-800, 0]), [0, 0]);
  assert.equal(log([0, 0])[0], -Infinity);
  assert(Number.isNaN(log([-1, 0])[0]));
  assert.deepEqual(sqrt([-1e-30, 0]), [0, 0]);
  assert.deepEqual(erf([40, 0]), [1, 0]);
  assert.deepEqual(tanh([-900, 0]), [-1, 0]);
  assert.deepEqual(acos([1, 0]), [0, 0]);
  assert.deepEqual(atan2([0, 0], [0, 0]), [0, 0]);
  assert.deepEqual(floor([3, -1e-20]), [2, 0]);
  assert.deepEqual(floor([-2.5, 1e-17]), [-3, 0]);
  assert(isBelow([1, -1e-20], [1, 0]));
  assert(!isBelow([1, 0], [1, 0]));
});
