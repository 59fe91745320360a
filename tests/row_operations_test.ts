/** The loops over columns are what the operation table says, to the last bit. */
import { type OpName, ops } from "../lib/expr/ops.ts";
import { loops, operate } from "../lib/rows/operations.ts";
import { assertDeepEquals } from "./assert.ts";
import { drawArguments } from "./expr/op_cases.ts";

const LEAST = 2 ** -1074;
const edges = [0, -0, 1, -1, LEAST, -LEAST, 2 ** -1022, 2 ** 1023, -1074, 1023, 1024, -1100, 0.1, Infinity];
const pairs = edges.flatMap((x) => [...edges, -Infinity, NaN].map((y) => [x, y, 3] as const));
const columns = [0, 1, 2].map((k) => Float64Array.from(pairs, (row) => row[k]));
const evaluated = (op: OpName, args: readonly Float64Array[]) =>
  args[0].map((_, i) => (ops[op].evaluate as (...args: number[]) => number)(...args.map((x) => x[i])));

for (const op of Object.keys(loops) as OpName[]) {
  Deno.test(`${op} of columns`, () => {
    const drawn = drawArguments(op, "float64", 50);
    assertDeepEquals(operate(op, drawn, drawn[0].length), evaluated(op, drawn));
    const args = columns.slice(0, drawn.length);
    // Loops of two arguments see every pair of edges; the exponents of powers are integers.
    if (op === "ldexp") args[1] = args[1].map(Math.trunc);
    assertDeepEquals(operate(op, args, pairs.length), evaluated(op, args));
  });
}

Deno.test("operations without a loop of their own", () => {
  for (const op of ["atan2", "max", "exp", "and"] as const) {
    const drawn = drawArguments(op, "float64", 20);
    assertDeepEquals(operate(op, drawn, drawn[0].length), evaluated(op, drawn));
  }
});
