/**
 * No call keeps timers waiting for a tenth of a second while networks are compiled and tables are computed, and an abort is heard as
 * soon; what was begun is not kept.
 */
import { dualActivation, dualKernelExact } from "../../lib/dual/mod.ts";
import { array, predict, stax } from "../../mod.ts";
import { assert, assertDeepEquals, assertEquals } from "../assert.ts";
import { afterAbort, longestBlock } from "../blocks.ts";
import { assertBelow } from "../timing.ts";
import { gpuTest } from "../webgpu.ts";

const LONGEST = 100;

const deep = (depth: number) =>
  stax.serial(...Array.from({ length: depth }, () => stax.serial(stax.Dense(1, { bStd: 0.1 }), stax.Gelu())));

const images = (depth: number) =>
  stax.serial(
    ...Array.from(
      { length: depth },
      () => stax.serial(stax.Conv(1, [3, 3], { padding: "SAME" }), stax.Gelu()),
    ),
    stax.Flatten(),
  );

/** Thousands of jumps within the standard deviation of the inputs below. */
const sawtooth = () => stax.ElementwiseNumerical((x: number) => x - Math.floor(x), { warn: false });
const VARIANCE = 1e4;

const x = [[1, 2, 3], [3, -1, 0.5], [-2, 0, 1]];
const near = [[1, 2, 3], [1, 2, 3 + 1e-7]];
const image = array(Float64Array.from({ length: 32 }, (_, k) => Math.sin(k)), [2, 4, 4, 1]);
const many = array(Float64Array.from({ length: 400 }, (_, k) => Math.sin(k)), [100, 4]);
const column = (of: (k: number) => number) =>
  array(Float64Array.from({ length: 1e6 }, (_, k) => of(k)), [1e6]);
const nested = Array.from(
  { length: 2000 },
  (_, i) => Array.from({ length: 1000 }, (_, j) => Math.sin(1000 * i + j)),
);
const variances = column((k) => 1 + Math.cos(k) ** 2);
const million = { cov: column(Math.sin), var1: variances, var2: variances };
const large = x.map((row) => row.map((entry) => entry * Math.sqrt(VARIANCE)));
const close = array(Float64Array.from({ length: 4096 }, (_, k) => 1e8 + Math.sin(k)), [2, 32, 32, 2]);
const moments = { cov: 0.3 * VARIANCE, var1: VARIANCE, var2: 0.9 * VARIANCE };

const exponential = array(
  Float64Array.from({ length: 490_000 }, (_, k) => Math.exp(-Math.abs(Math.floor(k / 700) - k % 700) / 10)),
  [700, 700],
);
const targets = array(Float64Array.from({ length: 700 }, (_, k) => Math.sin(k)), [700, 1]);

/** Calls that take some tenths of a second or seconds, each with a network of its own, so that nothing is known. */
const calls: Record<string, (signal?: AbortSignal) => Promise<unknown>> = {
  "200 layers": (signal) => deep(200).kernelFn(x, null, null, { backend: "reference", signal }),
  "200 layers and a pair of near inputs": (signal) =>
    deep(200).kernelFn(near, null, null, { backend: "reference", signal }),
  "400 layers of a hundred inputs": (signal) =>
    deep(400).kernelFn(many, null, null, { backend: "reference", signal }),
  "400 layers over positions": (signal) =>
    stax.serial(deep(400), stax.GlobalAvgPool()).kernelFn(image, null, null, {
      backend: "reference",
      signal,
    }),
  "200 convolutions": (signal) => images(200).kernelFn(image, null, null, { backend: "reference", signal }),
  "twice the digits of images": (signal) =>
    images(3).kernelFn(close, null, null, { backend: "reference", signal }),
  "100 convolutions": (signal) => images(100).kernelFn(image, null, null, { backend: "reference", signal }),
  "a sawtooth": (signal) =>
    stax.serial(stax.Dense(1), sawtooth(), stax.Dense(1))
      .kernelFn(large, null, null, { backend: "reference", signal }),
  "the dual of a sawtooth": (signal) => dualActivation(sawtooth(), moments, { backend: "reference", signal }),
  "nested lists of two million numbers": (signal) =>
    deep(1).kernelFn(nested, nested.slice(0, 400), null, { backend: "reference", signal }),
  "the dual at a million moments": (signal) =>
    dualActivation(stax.Gelu(), million, { backend: "reference", signal }),
  "the dual kernel of a sawtooth": (signal) =>
    dualKernelExact(large, sawtooth(), { backend: "reference", signal }),
};

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`timers have their turn within ${LONGEST} ms: ${name}`, async () => {
    await assertBelow(LONGEST, () => longestBlock(call));
  });
  for (const milliseconds of [10, 60]) {
    Deno.test(`an abort after ${milliseconds} ms is heard within ${LONGEST} ms: ${name}`, async () => {
      await assertBelow(LONGEST, async () => {
        const { late, reason } = await afterAbort(call, milliseconds);
        assertEquals(reason, "enough");
        return late;
      });
    });
  }
}

Deno.test(`timers have their turn within ${LONGEST} ms: predictions of 700 points`, async () => {
  const predictions = async () => {
    await predict.gpInference(exponential, targets, { diagReg: 1e-3 })({ get: "nngp", kTestTest: true });
    await predict.gradientDescentMse(exponential, targets)({ t: 1 });
  };
  await assertBelow(LONGEST, () => longestBlock(predictions));
});

gpuTest(
  `timers have their turn within ${LONGEST} ms: 200 convolutions on webgpu, but for its compiler`,
  async () => {
    const call = () => images(200).kernelFn(image, null, null, { backend: "webgpu", dtype: "float32" });
    // The runtime compiles shaders in one call each; those of equal text are there from then on.
    await call();
    await assertBelow(LONGEST, () => longestBlock(call));
  },
);

/** A network and how its kernel is computed. */
const computed = (network: stax.Network, inputs: number[][], signal?: AbortSignal) =>
  network.kernelFn(inputs, null, ["nngp", "ntk", "numericalErrors"], { backend: "reference", signal });

for (
  const [name, network, inputs] of [
    ["deep", () => deep(100), near],
    ["numerical", () => stax.serial(stax.Dense(1), sawtooth(), stax.Dense(1)), x],
  ] as const
) {
  Deno.test(`a computation that was aborted leaves nothing behind: ${name}`, async () => {
    const expected = await computed(network(), inputs);
    const again = network();
    for (const milliseconds of [5, 50, 120]) {
      await afterAbort((signal) => computed(again, inputs, signal), milliseconds);
    }
    assertDeepEquals(await computed(again, inputs), expected);
  });

  Deno.test(`two calls that compile at once give the same kernel and errors: ${name}`, async () => {
    const shared = network();
    const expected = await computed(network(), inputs);
    const results = await Promise.all([computed(shared, inputs), computed(shared, inputs)]);
    for (const result of results) assertDeepEquals(result, expected);
  });
}

Deno.test("an error at one of two calls that compile at once is that of both", async () => {
  const refused = stax.serial(stax.Dense(1), stax.ElementwiseNumerical((x: number) => Math.exp(x * x)));
  const call = () => computed(refused, large).then(() => "no error", (error) => error.message);
  const [first, second] = await Promise.all([call(), call()]);
  assertEquals(first, second);
  assert(first.startsWith("Cannot average a nonlinearity"), first);
});
