/** Finite networks: parameters and outputs are those of the Python library for the same key, kernels those of their outputs. */
import { array, NdArray, random, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals } from "../assert.ts";
import type { FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import layers from "./layers.json" with { type: "json" };

interface Finite {
  name: string;
  net: Spec;
  seed: number;
  outputShape: number[];
  params: FixtureArray[];
  outputs: FixtureArray;
}

const cases = layers.finite as unknown as Finite[];

/** The arrays of nested parameters in order. */
function leaves(params: stax.Params): NdArray[] {
  if (params === null) return [];
  return params instanceof NdArray ? [params] : params.flatMap(leaves);
}

for (const { name, net, seed, outputShape, params: expected, outputs } of cases) {
  Deno.test(`initFn draws the parameters of the Python library: ${name}`, () => {
    const [shape, params] = build(net).initFn(random.key(seed), [-1, 3]);
    assertDeepEquals(shape, outputShape);
    assertDeepEquals(leaves(params).map((leaf) => leaf.shape), expected.map((leaf) => leaf.shape));
    leaves(params).forEach((leaf, i) => assertClose(leaf.data, expected[i].data, { rtol: 1e-15 }));
  });

  Deno.test(`applyFn gives the outputs of the Python library: ${name}`, () => {
    const { initFn, applyFn } = build(net);
    const [, params] = initFn(random.key(seed), [-1, 3]);
    const got = applyFn(params, layers.x1, { rng: random.key(seed + 100) });
    assertDeepEquals(got.shape, outputs.shape);
    assertClose(got.data, outputs.data, { rtol: 1e-13, atol: 1e-15 });
  });
}

Deno.test("initFn ignores the batch size", () => {
  const { initFn } = stax.serial(stax.Dense(4), stax.Relu(), stax.Dense(2));
  const [shape, params] = initFn(random.key(1), [7, 3]);
  assertDeepEquals(shape, [7, 2]);
  const [anyShape, anyParams] = initFn(random.key(1), [-1, 3]);
  assertDeepEquals(anyShape, [-1, 2]);
  assertDeepEquals(leaves(params).map((leaf) => leaf.data), leaves(anyParams).map((leaf) => leaf.data));
});

Deno.test("applyFn takes nested lists and float32, and computes in float64", () => {
  const { initFn, applyFn } = stax.serial(stax.Dense(4), stax.Gelu(), stax.Dense(1));
  const [, params] = initFn(random.key(0), [-1, 2]);
  const expected = applyFn(params, array([[0.5, -2]]));
  assertDeepEquals(applyFn(params, [[0.5, -2]]), expected);
  const float32 = applyFn(params, array([[0.5, -2]], { dtype: "float32" }));
  assertDeepEquals(float32, expected);
});

Deno.test("Dropout that tests needs no randomness and is the identity", () => {
  const x = array([[1, -2, 3]]);
  assertDeepEquals(stax.Dropout(0.5, { mode: "test" }).applyFn(null, x).data, x.data);
});

Deno.test("Dropout keeps a share of units and scales them up", () => {
  const kept = stax.Dropout(0.25).applyFn(null, [Array<number>(4000).fill(1)], { rng: random.key(3) });
  assert(kept.data.every((value) => value === 0 || value === 4));
  assertClose(kept.data.reduce((sum, value) => sum + value) / kept.size, 1, { atol: 0.1 });
});

Deno.test("LayerNorm gives every example mean 0 and variance 1", () => {
  const { data } = stax.LayerNorm({ eps: 0 }).applyFn(null, [[1, 2, 4, 9], [-1e8, 0, 0, 1e8]]);
  for (const start of [0, 4]) {
    const row = data.subarray(start, start + 4);
    assertClose(row.reduce((sum, value) => sum + value, 0), 0, { atol: 1e-15 });
    assertClose(row.reduce((sum, value) => sum + value ** 2, 0) / 4, 1, { rtol: 1e-15 });
  }
});

Deno.test("outputs of wide networks have the covariance of the kernel", async () => {
  const width = 256, draws = 30, x = [[1, 0.5, -1], [0.2, -1, 0.7]];
  const hidden = stax.serial(
    stax.Dense(width, { wStd: 1.5, bStd: 0.3 }),
    stax.Relu(),
    stax.Dense(width, { wStd: 1.2 }),
    stax.Erf(),
  );
  const { initFn, applyFn, kernelFn } = hidden;
  const { nngp, cov1 } = await kernelFn(x, null, ["nngp", "cov1"], { backend: "reference" });
  // Every hidden unit is a draw too; the units of one network are nearly independent.
  const sums = new Float64Array(3);
  for (const key of random.split(random.key(5), draws)) {
    const [, params] = initFn(key, [-1, 3]);
    const { data } = applyFn(params, x);
    for (let unit = 0; unit < width; unit++) {
      const [a, b] = [data[unit], data[width + unit]];
      [a * a, a * b, b * b].forEach((product, i) => sums[i] += product / width / draws);
    }
  }
  const expected = [cov1.at(0), nngp.at(0, 1), cov1.at(1)];
  assertClose(sums, expected, { atol: 0.02 });
});
