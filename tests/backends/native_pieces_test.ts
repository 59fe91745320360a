/** Maps of images cut at their Hermite sums: slots are used again, so that deep maps take no more of them. */
import { pointPieces } from "../../lib/backends/native/code/point_pieces.ts";
import { evaluateHermiteSum } from "../../lib/expr/evaluate.ts";
import { type Expr, hermiteSum, tableOf, variable } from "../../lib/expr/expr.ts";
import { evaluate } from "../../lib/expr/mod.ts";
import type { Table } from "../../lib/expr/table.ts";
import { assert, assertEquals } from "../assert.ts";
import { inputs } from "./jobs.ts";
import { atOnce } from "../steps.ts";

const coefficients = [0.3, 0.5, 0.2];
const table: Table = {
  label: "three",
  compute: (variances) =>
    atOnce({
      coefficients: Float64Array.from(Array(variances.length).fill(coefficients).flat()),
      width: 3,
      error: 0,
    }),
};
const [row1, row2] = [tableOf(table, inputs.var1), tableOf(table, inputs.var2)];

/** NNGP and NTK of so many layers. */
function map(depth: number): Record<string, Expr> {
  let nngp: Expr = inputs.nngp;
  let ntk: Expr = variable("ntk");
  for (let layer = 0; layer < depth; layer++) {
    const rho = nngp.add(0.1);
    nngp = hermiteSum(row1, row2, rho);
    ntk = ntk.mul(hermiteSum(row1, row2, rho, 1)).add(nngp);
  }
  return { nngp, ntk };
}

/** The outputs that the pieces compute one after another. */
function computed(depth: number, cov: number, ntk: number): Record<string, number> {
  const slots: Record<string, number> = {};
  const outputs: Record<string, number> = {};
  const value = (expr: Expr) => evaluate(expr, { cov, ntk, ...slots });
  for (const piece of pointPieces(map(depth)).pieces) {
    for (const [name, expr] of Object.entries(piece.outputs)) outputs[name] = value(expr);
    const kept = [...piece.slots].map(([slot, expr]) => [`slot${slot}`, value(expr)]);
    Object.assign(slots, Object.fromEntries(kept));
    for (const { order, rho, to } of piece.sums) {
      const list = Float64Array.from(coefficients);
      slots[`slot${to}`] = evaluateHermiteSum(list, list, slots[`slot${rho}`], order);
    }
  }
  return outputs;
}

Deno.test("pieces: every slot holds its value until it is read for the last time", () => {
  for (const depth of [1, 2, 5, 9]) {
    const { nngp, ntk } = map(depth);
    const values = { cov: 0.4, ntk: 0.7, var: 1 };
    const { nngp: actual, ntk: tangent } = computed(depth, values.cov, values.ntk);
    assertEquals(actual, evaluate(nngp, values), `NNGP of ${depth} layers`);
    assertEquals(tangent, evaluate(ntk, values), `NTK of ${depth} layers`);
  }
});

Deno.test("pieces: a deep map has no more slots than a shallow one", () => {
  const counts = [3, 30].map((depth) => pointPieces(map(depth)).slots);
  assertEquals(counts[1], counts[0]);
  assert(counts[0] < 10, `${counts[0]} slots`);
});
