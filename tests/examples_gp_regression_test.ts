/** What the example of a Gaussian process of one variable is made of. */
import { random, stax } from "../mod.ts";
import { denseNetwork } from "../examples/dense.ts";
import { evidenceGrid, spaced } from "../examples/evidence_grid.ts";
import { measurements, trueFunction } from "../examples/noisy_function.ts";
import { assert, assertClose, assertDeepEquals, assertEquals } from "./assert.ts";

Deno.test("measurements: of the function, in ascending order and with a gap; noise is as large as asked for", () => {
  const count = 2001;
  const exact = measurements(random.key(1), count, 0);
  const places = exact.x.map(([place]) => place);
  assertDeepEquals(exact.y, places.map(trueFunction));
  assertDeepEquals(places, places.toSorted((a, b) => a - b));
  assertEquals(places.filter((place) => place >= -2 && place < 0.2).length, 1001);
  assertEquals(places.filter((place) => place >= 1 && place < 2.2).length, 1000);
  const noisy = measurements(random.key(1), count, 0.5);
  assertDeepEquals(noisy.x, exact.x);
  const square = noisy.y.reduce((sum, value, i) => sum + (value - exact.y[i]) ** 2, 0) / count;
  assert(Math.abs(square / 0.25 - 1) < 4 * Math.sqrt(2 / count), `${square}`);
  assert(measurements(random.key(2), count, 0).x[0][0] !== places[0]);
});

Deno.test("spaced: equal ratios from the lowest to the highest", () => {
  assertClose(spaced([0.01, 100], 5), [0.01, 0.1, 1, 10, 100], { rtol: 1e-14 });
});

Deno.test("denseNetwork: the layers, and the scales of their weights", async () => {
  // A linear layer alone: wStd²·x·x′.
  const linear = denseNetwork({ act: "relu", depth: 0, wStd: 3, bStd: 7 });
  assertEquals((await linear.kernelFn([[2]], null, "nngp")).at(0, 0), 36);
  // One of ReLU between two: wStd²·(wStd²·x² + bStd²)/2.
  const hidden = denseNetwork({ act: "relu", depth: 1, wStd: 3, bStd: 7 });
  assertClose((await hidden.kernelFn([[2]], null, "nngp")).data, 9 * (36 + 49) / 2, { rtol: 1e-14 });
  // √2 keeps variances.
  const usual = denseNetwork({ act: "relu", depth: 4, bStd: 0 });
  assertClose((await usual.kernelFn([[1]], null, "nngp")).data, 2, { rtol: 1e-14 });
});

Deno.test("evidenceGrid: the log density of one number, and of two that are the same; singular kernels are −∞", async () => {
  const networkOf = (wStd: number) => stax.Dense(1, { wStd });
  const density = (y: number, variance: number) =>
    -(y ** 2 / variance + Math.log(2 * Math.PI * variance)) / 2;
  const options = { kernel: "nngp", backend: "reference" } as const;
  const heard: number[] = [];
  const axes = { wStds: [1, 2, 3], noises: [0.5, 4] };
  const grid = await evidenceGrid(networkOf, { x: [[1]], y: [3] }, axes, {
    ...options,
    onDone: (done) => heard.push(done),
  });
  assertDeepEquals({ wStds: grid.wStds, noises: grid.noises }, axes);
  const expected = axes.noises.flatMap((noise) => axes.wStds.map((wStd) => density(3, wStd ** 2 + noise)));
  assertClose(grid.values, expected, { rtol: 1e-13 });
  assertDeepEquals(heard, [2, 4, 6]);
  const data = { x: [[1], [1]], y: [1, 3] };
  const singular = await evidenceGrid(networkOf, data, { wStds: [1], noises: [0, 1] }, {
    ...options,
    onDone: () => {},
  });
  // Their sum and their difference, over √2, are independent, of variances 2 + 1 and 1.
  const two = density(4 / Math.SQRT2, 3) + density(2 / Math.SQRT2, 1);
  assertClose(singular.values, [-Infinity, two], { rtol: 1e-13 });
});
