/** The C text of a small program is the one of the snapshot (UPDATE_SNAPSHOTS=1 writes it). */
import { assertEquals } from "../assert.ts";
import { inputs } from "./jobs.ts";
import { featureOrder } from "../../lib/backends/feature_order.ts";
import { stripMapText } from "../../lib/backends/native/code/strips.ts";
import { hermiteSum, tableOf, variable } from "../../lib/expr/expr.ts";
import type { Table } from "../../lib/expr/table.ts";
import { compile } from "../../lib/program/entrywise.ts";
import { atOnce } from "../steps.ts";

const { nngp: cov, var1, var2 } = inputs;
const table: Table = {
  label: "one",
  compute: (variances) => atOnce({ coefficients: variances.map(() => 1), width: 1, error: 0 }),
};

Deno.test("native: the C text of a small program", async () => {
  const nngp = hermiteSum(
    tableOf(table, var1),
    tableOf(table, var2),
    cov.div(var1.sqrt().mul(var2.sqrt())),
    1,
  );
  const program = compile({ nngp, ntk: variable("ntk").mul(cov.lt(0).select(0, nngp.exp())) }, {}, []);
  const text = stripMapText(program, featureOrder(program), "float32").text;
  const file = new URL("snapshots/native.c", import.meta.url);
  if (Deno.env.get("UPDATE_SNAPSHOTS") === "1") await Deno.writeTextFile(file, text);
  assertEquals(text, await Deno.readTextFile(file));
});
