/** Maps of the reference backend that are too long for one function: cut into several they give what one gives. */
import { reference } from "../../lib/backends/reference/backend.ts";
import { renderMap } from "../../lib/backends/reference/vector_map.ts";
import { evaluateHermiteSum } from "../../lib/expr/evaluate.ts";
import { type Expr, hermiteSum, tableOf, variable } from "../../lib/expr/expr.ts";
import type { Table } from "../../lib/expr/table.ts";
import { compile } from "../../lib/program/entrywise.ts";
import { finished } from "../../lib/steps.ts";
import { array, random, stax } from "../../mod.ts";
import { assert, assertClose, assertEquals } from "../assert.ts";
import { atOnce } from "../steps.ts";
import { deep, errorFunction, gramJob, inputs } from "./jobs.ts";

const options = { backend: "reference" } as const;
const layers = (depth: number, ...last: stax.Network[]) =>
  stax.serial(
    ...Array.from({ length: depth }, () => stax.serial(stax.Dense(1, { wStd: 1.3, bStd: 0.1 }), stax.Gelu())),
    ...last,
  );

Deno.test("reference functions: a short map is one, a long one several that keep few values for each other", () => {
  const rendered = (depth: number) =>
    finished(renderMap(deep(errorFunction, depth, 1.2, 0.1), { row1: "i", row2: "j" }));
  const short = rendered(10);
  assertEquals(short.functions.length, 1);
  assertEquals(short.slots, 0);
  const { functions, slots } = rendered(400);
  assert(functions.length > 20 && slots < 100, `${functions.length} functions, ${slots} slots`);
});

Deno.test("reference functions: a deep kernel is that of its parts, one continued by the next", async () => {
  // Several tiles across, of one row each
  const x = random.normal(random.key(1), [120, 3]);
  const whole = await layers(80).kernelFn(x, null, null, options);
  let parts = await layers(20).kernelFn(x, null, null, options);
  for (let k = 0; k < 3; k++) parts = await layers(20).kernelFn(parts, null, null, options);
  assertClose(whole.nngp.data, parts.nngp.data, { rtol: 1e-9 });
  assertClose(whole.ntk.data, parts.ntk.data, { rtol: 1e-9 });
});

Deno.test("reference functions: inputs that lie close together have a long map too", async () => {
  const at = (gap: number) => array([[1, 2, 3], [1, 2, 3 + gap], [-2, 0, 1]]);
  const near = await layers(80).kernelFn(at(1e-9), null, "ntk", options);
  const same = await layers(80).kernelFn(at(0), null, "ntk", options);
  assertClose(near.at(0, 1), same.at(0, 1), { rtol: 1e-6 });
  assertClose(near.at(1, 2), same.at(1, 2), { rtol: 1e-6 });
});

Deno.test("reference functions: over positions they give what they give for vectors", async () => {
  const x = random.normal(random.key(2), [3, 4]);
  const vectors = await layers(80).kernelFn(x, null, null, options);
  const images = await layers(80, stax.GlobalAvgPool())
    .kernelFn(array(x.data, [3, 1, 1, 4]), null, null, options);
  assertClose(images.nngp.data, vectors.nngp.data, { rtol: 1e-9 });
  assertClose(images.ntk.data, vectors.ntk.data, { rtol: 1e-9 });
});

const coefficients = Float64Array.of(0.2, 0.3, 0.1);
const table: Table = {
  label: "three",
  compute: ({ length }) =>
    atOnce({
      coefficients: Float64Array.from({ length: 3 * length }, (_, k) => coefficients[k % 3]),
      width: 3,
      error: 0,
    }),
};

Deno.test("reference functions: Hermite sums come between them", async () => {
  const depth = 700;
  const [row1, row2] = [tableOf(table, inputs.var1), tableOf(table, inputs.var2)];
  let [nngp, ntk]: Expr[] = [variable("cov"), variable("cov")];
  for (let k = 0; k < depth; k++) {
    const rho = nngp.add(0.1);
    nngp = hermiteSum(row1, row2, rho);
    ntk = ntk.mul(hermiteSum(row1, row2, rho, 1)).add(nngp);
  }
  const job = gramJob(compile({ nngp, ntk }, {}, []), Float64Array.of(0.5, -0.2), null, 1, "float64");
  const { matrices } = await reference.run(job);
  const series = (rho: number, order: number) => evaluateHermiteSum(coefficients, coefficients, rho, order);
  for (const [at, cov] of [0.25, -0.1, -0.1, 0.04].entries()) {
    let [nngp, ntk] = [cov, cov];
    for (let k = 0; k < depth; k++) {
      const rho = nngp + 0.1;
      nngp = series(rho, 0);
      ntk = ntk * series(rho, 1) + nngp;
    }
    assertClose(matrices.nngp[at], nngp, { rtol: 1e-13 });
    assertClose(matrices.ntk[at], ntk, { rtol: 1e-13 });
  }
});
