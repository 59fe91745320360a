/** What the example of features against their dimension is made of. */
import { random, stax } from "../mod.ts";
import type { Task } from "../examples/regression.ts";
import { meanOf, tradeoffCurve } from "../examples/tradeoff_curve.ts";
import { tradeoffMaps } from "../examples/tradeoff_maps.ts";
import { tradeoffTable } from "../examples/tradeoff_table.ts";
import { assert, assertDeepEquals, assertEquals } from "./assert.ts";

const options = { backend: "reference", dtype: "float64" } as const;
const dense = stax.serial(stax.Dense(1), stax.Relu(), stax.Dense(1));
const conv = stax.serial(stax.Conv(1, [2, 2]), stax.Relu(), stax.Flatten(), stax.Dense(1));

Deno.test("meanOf: each figure of the points of a dimension", () => {
  const point = { dimension: 8, error: 0.25, accuracy: 50, seconds: 1 };
  assertDeepEquals(meanOf([point]), point);
  const other = { dimension: 8, error: 0.75, accuracy: 100, seconds: 4 };
  assertDeepEquals(meanOf([point, other]), { dimension: 8, error: 0.5, accuracy: 75, seconds: 2.5 });
});

Deno.test("tradeoffTable: a line a dimension, and the exact kernel", () => {
  const points = [
    { dimension: 8, error: 0.51234, accuracy: 81.25, seconds: 1.234 },
    { dimension: 1024, error: 0.0123, accuracy: 100, seconds: 12 },
  ];
  const exact = { accuracy: 93, seconds: 40.5 };
  assertEquals(
    tradeoffTable({ title: "Dense", curves: [{ name: "sketches", points }], exact }),
    `Dense
                     dimension  kernel error test accuracy       seconds
sketches                     8          0.51        81.3 %          1.23
sketches                  1024         0.012       100.0 %         12.00
exact kernel                 –             0        93.0 %         40.50`,
  );
});

Deno.test("tradeoffMaps: random features for vectors alone, landmarks no more than inputs", () => {
  const names = (network: stax.Network, shape: number[]) =>
    tradeoffMaps(network, random.normal(random.key(1), shape), options).map(({ name }) => name);
  assertDeepEquals(names(dense, [10, 3]), ["sketches", "random features", "Nyström"]);
  assertDeepEquals(names(conv, [10, 3, 3, 1]), ["sketches", "Nyström"]);
});

Deno.test("tradeoffMaps: the same key draws the same features of the NTK, whose products are near it", async () => {
  const x = random.normal(random.key(1), [20, 3]);
  for (const { name, draw } of tradeoffMaps(dense, x, options)) {
    const features = async (key: number) => (await draw(16, random.key(key))(x, { errorRows: 20 }));
    const { ntk, error } = await features(2);
    assert(ntk.shape[0] === 20 && ntk.shape[1] <= 16, `${name}: ${ntk.shape}`);
    assert(error!.ntk.value > 0 && error!.ntk.value < 1, `${name}: ${error!.ntk.value}`);
    assertDeepEquals((await features(2)).ntk.data, ntk.data);
    assert((await features(3)).ntk.data.some((value, i) => value !== ntk.data[i]), name);
  }
});

Deno.test("tradeoffCurve: ascending dimensions, none above what there may be", async () => {
  const part = (key: number, count: number) => {
    const x = random.normal(random.key(key), [count, 3]);
    const y = random.normal(random.key(key + 1), [count, 1]);
    return { x, y };
  };
  const task: Task = { train: part(1, 20), validation: part(3, 10), test: part(5, 8) };
  const maps = tradeoffMaps(dense, task.train.x, options);
  const nystrom = maps.find(({ name }) => name === "Nyström")!;
  const points = await tradeoffCurve(nystrom, task, { dims: [8, 20, 21, 4], keys: 2, seed: 1 }, "Nyström");
  assertDeepEquals(points.map(({ dimension }) => dimension), [4, 8, 20]);
  const errors = points.map(({ error }) => error);
  assert(errors[0] > errors[1] && errors[1] > errors[2], `${errors}`);
  for (const { accuracy, seconds } of points) assert(accuracy === 100 && seconds > 0);
});
