/** When float32 is too narrow for inputs that lie close together, and what happens then. */
import assert from "node:assert/strict";
import { array, random, stax } from "../../mod.ts";
import { closeness } from "../../lib/network/close_inputs.ts";
import { prepare } from "../../lib/network/inputs.ts";
import { usualAxes } from "../../lib/network/axes.ts";
import { nativeTest } from "../native.ts";
import { warningsOf } from "../warnings.ts";
import { finished } from "../../lib/steps.ts";

type Nested = Parameters<typeof prepare>[0];

const least = (x1: Nested, x2: Parameters<typeof prepare>[1] = null) =>
  closeness(
    finished(prepare(x1, x2, { dtype: "float64", axes: usualAxes, pattern: null, maskConstant: null })),
  );

Deno.test("closeness is the least 1 − |ρ| of two inputs", () => {
  const right = 1 - 8 / Math.sqrt(5 * 13);
  for (const x of [[[1, 2], [2, 3]], [[1, 2], [-2, -3]], [[100, 200], [0.02, 0.03], [0, 1], [0, 0]]]) {
    assert(Math.abs(least(x) - right) < 1e-15);
  }
  assert(Math.abs(least([[0, 1], [1, 2]], [[2, 3], [1, 0]]) - right) < 1e-15);
});

Deno.test("closeness leaves out inputs that are equal, opposite or zero", () => {
  assert.equal(least([[1, 2], [1, 2], [-1, -2], [0, 0]]), Infinity);
  assert.equal(least([[1, 2]], [[1, 2], [0, 0]]), Infinity);
  assert.equal(least([[1, 2]]), Infinity);
});

Deno.test("closeness is that of positions too, which may be equal", () => {
  // Means 1 and −2, deviations ±1/8 and ±1/4.
  const spread = (2 / 64 + 2 / 16) / (2 * (1 + 4) + 2 / 64 + 2 / 16);
  assert(Math.abs(least([[[1.125, -2.25], [0.875, -1.75]]]) - spread) < 1e-15);
  assert.equal(least([[[0.1, 0.2], [0.1, 0.2], [0.1, 0.2]]]), Infinity);
});

Deno.test("closeness of many inputs with a large mean is found in a sample, and none where there is none", () => {
  const ordinary = random.normal(random.key(3), [3000, 50]);
  const shifted = array(ordinary.data.map((entry) => 1e3 + entry), [3000, 50]);
  assert(least(ordinary) > 0.2);
  assert(least(shifted) < 1e-6);
  assert(least(ordinary, shifted) > 0.2);
});

nativeTest("what float32 cannot hold is refused whether inputs lie close together or not", async () => {
  const { kernelFn } = stax.serial(stax.Flatten(), stax.Dense(1, { wStd: 3 }), stax.Relu(), stax.Dense(1));
  for (const step of [2 ** 52, 2 ** 62]) {
    const images = array(Float64Array.of(2 ** 63, 2 ** 63 + step, 2 ** 63, 2 ** 63), [2, 2, 1]);
    await assert.rejects(
      kernelFn(images, null, "nngp", { backend: "native", dtype: "float32" }),
      { name: "RangeError", message: /must be finite in float32/ },
    );
  }
});

Deno.test("inputs that not even float64 can keep apart are told of, once", async () => {
  const { Dense, Gelu, Rbf } = stax;
  const network = stax.serial(Dense(1), Gelu(), Dense(1), Rbf());
  const warnings = await warningsOf(async () => {
    for (const shift of [2 ** 24, 2 ** 25]) {
      await network.kernelFn([[shift, 0], [shift + 1, 0.5]], null, "nngp", { backend: "reference" });
    }
    // Here gaps are carried.
    await stax.serial(Dense(1), Rbf()).kernelFn([[2 ** 24], [2 ** 24 + 1]], null, "nngp", {
      backend: "reference",
    });
  });
  assert.deepEqual(warnings, [
    "Inputs lie so close together, seen from the origin, that float64 on reference loses digits of the kernel: " +
    "subtract their mean",
  ]);
});
