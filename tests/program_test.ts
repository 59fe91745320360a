/** Compiling: what becomes a row feature, that nothing changes by it, and that deep networks compile in linear time. */
import { evaluate } from "../lib/expr/evaluate.ts";
import { constant, type Expr, hermiteSum, tableOf, type Variable, variable } from "../lib/expr/expr.ts";
import { substitute, topological } from "../lib/expr/graph.ts";
import type { Table } from "../lib/expr/table.ts";
import { diagonalMoments, momentsOf } from "../lib/moments.ts";
import { type Check, compile, featureIndex, rowInputs } from "../lib/program/entrywise.ts";
import { activationOf } from "../lib/network/nonlinearity.ts";
import { stax } from "../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals } from "./assert.ts";
import { assertBelow } from "./timing.ts";
import { atOnce } from "./steps.ts";

const cov = variable("cov");
const [var1, var2] = [variable("var", "row1"), variable("var", "row2")];
const [id1, id2] = [variable("id", "row1"), variable("id", "row2")];
const feature = (index: number, row: 1 | 2) => variable(`f${index}`, `row${row}`);
const mapOf = (k: Expr): [Expr, readonly Expr[]] => {
  const { map, features } = compile({ k }, {}, []);
  return [map.k, features];
};

Deno.test("what depends on one row becomes a feature, as large as possible", () => {
  const [map, features] = mapOf(var1.sqrt().mul(2).add(1).mul(cov));
  assertDeepEquals(features, [var1.sqrt().mul(2).add(1)]);
  assertEquals(map, feature(0, 1).mul(cov));
});

Deno.test("the same function of both rows is one feature", () => {
  const [map, features] = mapOf(cov.div(var1.sqrt().mul(var2.sqrt())));
  assertDeepEquals(features, [var1.sqrt()]);
  assertEquals(map, cov.div(feature(0, 1).mul(feature(0, 2))));
});

Deno.test("features of the second row are written for the first", () => {
  const [map, features] = mapOf(var2.add(1).exp().mul(cov));
  assertDeepEquals(features, [var1.add(1).exp()]);
  assertEquals(map, feature(0, 2).mul(cov));
});

Deno.test("constants and pairs are no features", () => {
  const [map, features] = mapOf(cov.mul(3).add(constant(2)));
  assertDeepEquals(features, []);
  assertEquals(map, cov.mul(3).add(2));
});

Deno.test("an output that depends on one row is a feature itself", () => {
  assertDeepEquals(mapOf(var1), [feature(0, 1), [var1]]);
  assertDeepEquals(mapOf(var2.sqrt()), [feature(0, 2), [var1.sqrt()]]);
  assertDeepEquals(mapOf(constant(5)), [constant(5), []]);
});

Deno.test("a row that is also part of a larger feature is its own feature where pairs need it", () => {
  const [map, features] = mapOf(cov.mul(var1).add(var1.exp()));
  assertDeepEquals(features, [var1, var1.exp()]);
  assertEquals(map, cov.mul(feature(0, 1)).add(feature(1, 1)));
});

Deno.test("tables are features; their sum is a map of pairs, or a feature on the diagonal", () => {
  const table: Table = {
    label: "test",
    compute: () => atOnce({ coefficients: Float64Array.of(1), width: 1, error: 0 }),
  };
  const [a, b] = [tableOf(table, var1), tableOf(table, var2)];
  const [map, features] = mapOf(hermiteSum(a, b, cov));
  assertDeepEquals(features, [a]);
  assertEquals(map, hermiteSum(feature(0, 1), feature(0, 2), cov));
  const diagonal = hermiteSum(a, a, constant(1));
  assertDeepEquals(mapOf(diagonal), [feature(0, 1), [diagonal]]);
});

Deno.test("rows and checks are functions of the first row", () => {
  const check: Check = {
    layer: "Exp",
    variance: var2.mul(2),
    positions: 1,
    limit: { value: 3, reason: "it grows" },
  };
  const program = compile({ k: id1.eq(id2).select(var1, cov) }, { cov: var2.sqrt() }, [check]);
  assertDeepEquals(program.rows, { cov: var1.sqrt() });
  assertDeepEquals(program.checks, [{ ...check, variance: var1.mul(2) }]);
  assertDeepEquals(rowInputs(program), new Set(["var", "id"]));
});

Deno.test("the index of a feature variable", () => {
  assertEquals(featureIndex(feature(17, 2)), 17);
  assertEquals(featureIndex(cov), undefined);
});

/** The value of an expression whose variables have these values. */
function valueOf(expr: Expr, value: (leaf: Variable) => number): number {
  const leaves = topological([expr]).filter(({ kind }) => kind === "variable");
  const constants = leaves.map((leaf) => [leaf, constant(value(leaf.payload as Variable))] as const);
  return evaluate(substitute([expr], new Map(constants))[0]);
}

/** Kernel and NTK after `depth` layers of `σ_W² = 1.8, σ_b² = 0.1` and ReLU. */
function deepRelu(depth: number) {
  const { nngp, dNngp } = activationOf(stax.Relu());
  const affine = (k: Expr) => k.mul(1.8).add(0.1);
  let [k, ntk, v1, v2] = [cov, constant(0), var1, var2];
  for (let layer = 0; layer < depth; layer++) {
    [k, v1, v2] = [k, v1, v2].map(affine);
    const moments = momentsOf(k, v1, v2, id1.eq(id2));
    ntk = ntk.mul(1.8).add(k).mul(dNngp(moments));
    [k, v1, v2] = [nngp(moments), nngp(diagonalMoments(v1)), nngp(diagonalMoments(v2))];
  }
  return { nngp: k, ntk };
}

Deno.test("features and map together are the expression", () => {
  const pairs = deepRelu(3);
  const { map, features } = compile(pairs, {}, []);
  const rows = { row1: { var: 1.5, id: 0 }, row2: { var: 0.7, id: 1 } };
  const input = ({ name, scope }: Variable) => scope === "pair" ? -0.4 : rows[scope][name as "var" | "id"];
  const given = (leaf: Variable) => {
    if (leaf.scope === "pair") return input(leaf);
    const { scope } = leaf;
    return valueOf(features[Number(leaf.name.slice(1))], ({ name }) => input({ name, scope }));
  };
  for (const name of ["nngp", "ntk"] as const) {
    assertEquals(valueOf(map[name], given), valueOf(pairs[name], input));
  }
});

Deno.test("a network of 2000 layers compiles, in time proportional to its depth", async () => {
  const seconds = (depth: number) => {
    const pairs = deepRelu(depth);
    const start = performance.now();
    const { features } = compile(pairs, {}, []);
    assert(features.length >= depth);
    return (performance.now() - start) / 1000;
  };
  seconds(100);
  // 10 times the layers would take 100 times as long if each layer's variance were rewritten on its own.
  await assertBelow(40, () => seconds(2000) / seconds(200));
});

Deno.test("the kernel of 2000 layers neither exhausts the stack nor loses the fixed point", async () => {
  // σ_W² = 2 and no bias keep variances, and correlations tend to 1.
  const hidden = stax.serial(stax.Dense(1, { wStd: Math.SQRT2 }), stax.Relu());
  const { kernelFn } = stax.serial(stax.repeat(hidden, 2000), stax.Dense(1, { wStd: Math.SQRT2 }));
  const x = [[1, 0], [0, 2]];
  const nngp = await kernelFn(x, null, "nngp", { backend: "reference" });
  assertClose([nngp.at(0, 0), nngp.at(1, 1)], [1, 4], { rtol: 1e-12 });
  assertClose(nngp.at(0, 1), 2, { rtol: 1e-4 });
});
