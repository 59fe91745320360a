/** The row stage: columns of features, and coefficient tables of a common width. */
import { constant, hermiteSum, tableOf, variable } from "../lib/expr/expr.ts";
import type { Table } from "../lib/expr/table.ts";
import { checkRows, evaluateRows } from "../lib/rows/rows.ts";
import { assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import { atOnce } from "./steps.ts";
import { finished } from "../lib/steps.ts";

const v = variable("var", "row1");
const id = variable("id", "row1");
const variances = Float64Array.of(1, 4, 0.25);
const inputs = { var: () => variances, id: () => Float64Array.of(0, 1, 0) };

Deno.test("every root has a column, computed from the columns of the inputs", () => {
  const roots = [v.sqrt().add(1), id.eq(0).select(v, -1), constant(7), v];
  const columns = finished(evaluateRows(roots, inputs, 3));
  const expected = [[2, 3, 1.5], [1, -1, 0.25], [7, 7, 7], [1, 4, 0.25]];
  assertDeepEquals(roots.map((root) => [...columns.get(root) as Float64Array]), expected);
});

Deno.test("an input is computed only if it is needed", () => {
  const unused = () => {
    throw new Error("must not be called");
  };
  assertEquals(finished(evaluateRows([v], { ...inputs, id: unused }, 3)).get(v), variances);
});

/** The coefficients (1, σ, …, σ^(width − 1)), as many as the largest of the variances. */
function powers(seen: Float64Array[]): Table {
  return {
    label: "powers",
    compute(values) {
      seen.push(values);
      const width = Math.max(...values);
      const coefficients = [...values].flatMap((value) =>
        Array.from({ length: width }, (_, k) => Math.sqrt(value) ** k)
      );
      return atOnce({ coefficients: Float64Array.from(coefficients), width, error: 1e-9 });
    },
  };
}

Deno.test("a table is computed once for all rows, so that they have a common width", () => {
  const seen: Float64Array[] = [];
  const table = tableOf(powers(seen), v);
  const sum = hermiteSum(table, table, constant(1));
  const columns = finished(evaluateRows([table, sum, sum.mul(2)], inputs, 3));
  assertEquals(seen.length, 1);
  assertDeepEquals(columns.get(table), {
    coefficients: Float64Array.of(1, 1, 1, 1, 1, 2, 4, 8, 1, 0.5, 0.25, 0.125),
    width: 4,
    error: 1e-9,
  });
  assertDeepEquals(columns.get(sum), Float64Array.of(4, 85, 1.328125));
  assertDeepEquals(columns.get(sum.mul(2)), Float64Array.of(8, 170, 2.65625));
});

Deno.test("the derivative of a Hermite sum in the correlation", () => {
  const table = tableOf(powers([]), v);
  const columns = finished(evaluateRows([hermiteSum(table, table, constant(0.5), 1)], {
    var: () => Float64Array.of(3),
  }, 1));
  // Σₖ k · 3ᵏ · 0.5^(k−1) over k < 3
  assertDeepEquals([...[...columns.values()][0] as Float64Array].map((x) => x.toFixed(12)), [
    "12.000000000000",
  ]);
});

const check = { layer: "Exp", variance: v, positions: 1 };

Deno.test("variances that overflow are refused with their row", async () => {
  const columns = new Map([[v, Float64Array.of(1, 1e39, Infinity)]]);
  await assertThrows(
    () => checkRows({ checks: [check] }, columns, "float64"),
    RangeError,
    "Cannot compute Exp as the variance of every row must be finite in float64: current value is Infinity at row 2, " +
      "lower wStd or put LayerNorm() before it",
  );
  await assertThrows(
    () => checkRows({ checks: [check] }, columns, "float32"),
    RangeError,
    "Cannot compute Exp as the variance of every row must be finite in float32: current value is 1e+39 at row 1, " +
      "lower wStd or put LayerNorm() before it",
  );
});

Deno.test("variances where a kernel diverges are refused with the reason", () => {
  const columns = new Map([[v, Float64Array.of(1, 5)]]);
  const limit = { value: 5, reason: "the mean diverges" };
  return assertThrows(
    () => checkRows({ checks: [{ ...check, limit }] }, columns, "float64"),
    RangeError,
    "Cannot compute Exp as the variance of every row must be below 5, where the mean diverges: current value is 5 at row 1",
  );
});
