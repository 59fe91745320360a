/** Kernels after layers without weights are T·K·Tᵀ, with the matrix T of the finite network: on every backend. */
import { array, NdArray, random, stax } from "../../mod.ts";
import { assertClose, assertDeepEquals } from "../assert.ts";
import type { FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { positionTargets } from "../targets.ts";
import layers from "./conv_layers.json" with { type: "json" };
import { dice, matrixOf, pairOf, randomStep, type Shape, transformed } from "./linear_maps.ts";

const { AvgPool, Dense, DotGeneral, Erf, GlobalAvgPool, ImageResize, Relu, serial } = stax;

const start: Shape = { batchAxis: 0, channelAxis: 3, positions: [3, 4] };
const x1 = random.normal(random.key(1), [2, 3, 4, 2]);
const x2 = random.normal(random.key(2), [1, 3, 4, 2]);
const before = serial(Dense(1, { wStd: 1.3, bStd: 0.4 }), Erf());

/** Networks of two layers; those of more than 4 axes of positions take long on small machines. */
const networks = Array.from({ length: 40 }, (_, seed) => {
  const roll = dice(seed);
  const first = randomStep(roll, start);
  const second = randomStep(roll, first.out);
  return { seed, layer: serial(first.layer, second.layer), out: second.out };
}).filter(({ out }) => out.positions.length <= 4 && out.positions.reduce((a, b) => a * b, 1) <= 40).slice(
  0,
  12,
);

/** The products with constants of the fixtures that keep features and examples. */
const products = layers.finite.filter(({ inputs, net }) =>
  inputs === "x" && JSON.stringify(net).includes("DotGeneral")
);
const inputs = layers.inputs as Record<string, FixtureArray>;
const toArray = ({ shape, data }: FixtureArray) => new NdArray(Float64Array.from(data), shape);

const count = (positions: readonly number[]) => positions.reduce((a, b) => a * b, 1);

for (const { options, scale, rounding, test } of positionTargets) {
  const near = (got: ArrayLike<number>, want: readonly number[], message = "") => {
    const largest = Math.max(...want.map(Math.abs));
    // Products of a chain are summed in another order.
    assertClose(got, want, { rtol: scale.rtol, atol: 40 * rounding * largest, message });
  };

  test("more axes of positions at the output than anywhere before it", async () => {
    const nngp = await DotGeneral({ rhs: [1, 10] }).kernelFn([[[1], [2]]], null, "nngp", options);
    assertDeepEquals(nngp.shape, [1, 1, 2, 2, 2, 2]);
    // x·rhs is [[1, 10], [2, 20]], and entry (p, q, a, b) the product of its entries (p, a) and (q, b).
    const want = [1, 2].flatMap((x) =>
      [1, 2].flatMap((y) => [1, 10].flatMap((a) => [1, 10].map((b) => x * a * y * b)))
    );
    assertDeepEquals([...nngp.data], want);
    const both = serial(
      DotGeneral({ lhs: [[1, -1]] }),
      DotGeneral({ rhs: [2, 3], batchAxis: 2, channelAxis: 4 }),
    );
    const second = await both.kernelFn([[[1], [2]]], null, "nngp", options);
    const y = [1, -1].flatMap((a) => [1, 2].flatMap((p) => [2, 3].map((b) => a * p * b)));
    const positions = [1, 2, 2, 2];
    assertDeepEquals(pairOf(second, 0, 0, positions).flat(), y.flatMap((a) => y.map((b) => a * b)));
    const flat = await serial(DotGeneral({ rhs: [1, 10] }), stax.Flatten({ batchAxis: 0 })).kernelFn(
      [[[1], [2]]],
      null,
      "nngp",
      options,
    );
    near(flat.data, [(1 + 100 + 4 + 400) / 4]);
  });

  for (const { seed, layer, out } of networks) {
    test(`network ${seed} of layers without weights is T·K·Tᵀ`, async () => {
      const network = serial(before, layer);
      const matrix = matrixOf(layer, start, out);
      for (const other of [x2, null]) {
        const got = await network.kernelFn(x1, other, null, options);
        const inner = await before.kernelFn(x1, other, null, { backend: "reference" });
        for (const field of ["nngp", "ntk"] as const) {
          for (let i = 0; i < 2; i++) {
            for (let j = 0; j < (other ? 1 : 2); j++) {
              const want = transformed(matrix, pairOf(inner[field], i, j, start.positions), matrix);
              near(pairOf(got[field], i, j, out.positions).flat(), want, `${field} ${i} ${j}`);
            }
          }
        }
      }
    });
  }

  for (const { name, net } of products) {
    test(`the kernel of ${name} of the fixtures is T·K·Tᵀ`, async () => {
      const layer = build(net as unknown as Spec);
      const [first, second] = [inputs.x1, inputs.x2].map(toArray);
      const got = await serial(before, layer).kernelFn(first, second, null, options);
      const { batchAxis, channelAxis, shape1 } = got;
      const positions = shape1.filter((_, axis) => axis !== batchAxis && axis !== channelAxis);
      const own: Shape = { ...start, positions: first.shape.slice(1, -1) };
      const matrix = matrixOf(layer, own, { batchAxis, channelAxis, positions });
      const inner = await before.kernelFn(first, second, null, { backend: "reference" });
      for (const field of ["nngp", "ntk"] as const) {
        const want = transformed(matrix, pairOf(inner[field], 1, 2, own.positions), matrix);
        near(pairOf(got[field], 1, 2, positions).flat(), want, field);
      }
    });
  }

  test("a nonlinearity between products with constants", async () => {
    const network = serial(
      Dense(1),
      DotGeneral({ rhs: [1, -2, 0.5] }),
      Dense(1, { bStd: 0.3, channelAxis: 3 }),
      Relu(),
      DotGeneral({
        rhs: [[1, 2], [0, 1], [3, -1]],
        dimensionNumbers: [[[4], [0]], [[], []]],
        channelAxis: 3,
      }),
    );
    const got = await network.kernelFn(x1, x2, null, options);
    const want = await network.kernelFn(x1, x2, null, { backend: "reference" });
    assertDeepEquals(got.nngp.shape, [2, 1, 3, 3, 4, 4, 2, 2]);
    near(got.nngp.data, [...want.nngp.data]);
    near(got.ntk.data, [...want.ntk.data]);
  });

  for (
    const [name, layer, lengths] of [
      ["ImageResize", ImageResize([-1, 3, -1]), [3]],
      ["cubic ImageResize", ImageResize([-1, 4, -1], { method: "cubic" }), [4]],
      ["AvgPool", AvgPool([2], { padding: "SAME" }), [5]],
      ["GlobalAvgPool", GlobalAvgPool(), []],
      ["ImageResize and GlobalAvgPool", serial(ImageResize([-1, 3, -1]), GlobalAvgPool()), []],
    ] as const
  ) {
    test(`with masks ${name} is T₁·K·T₂ᵀ, with the matrix of each mask`, async () => {
      const masked = [[0, 1], [4], []];
      const values = random.normal(random.key(3), [3, 5, 1]).data;
      const x = array(values.map((value, k) => masked[Math.floor(k / 5)].includes(k % 5) ? NaN : value), [
        3,
        5,
        1,
      ]);
      const input: Shape = { batchAxis: 0, channelAxis: 2, positions: [5] };
      const out: Shape = { batchAxis: 0, channelAxis: lengths.length + 1, positions: lengths };
      const matrices = masked.map((mask) => matrixOf(layer, input, out, mask));
      const first = serial(Dense(1), Erf());
      const o = { ...options, maskConstant: NaN };
      const got = await serial(first, layer).kernelFn(x, null, "nngp", o);
      const inner = await first.kernelFn(x, null, "nngp", { ...o, backend: "reference", dtype: "float64" });
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const want = transformed(matrices[i], pairOf(inner, i, j, [5]), matrices[j]);
          near(pairOf(got, i, j, lengths).flat(), want, `${i} ${j}`);
        }
      }
    });
  }

  test("positions at the ends of images are read as their mirror images are", async () => {
    const network = serial(ImageResize([-1, 3, -1]), GlobalAvgPool());
    const both = [[9, 9, 1, 1, 1], [1, 1, 1, 9, 9]].map((row) => row.map((value) => [value]));
    const nngp = await network.kernelFn(both, null, "nngp", { ...options, maskConstant: 9 });
    // Rows (4, 3, 0, 0, 0)/7, (0, 2, 5, 2, 0)/9 and (0, 0, 0, 3, 4)/7: one output is padding, and the mean is (7/9 + 1)/2.
    near(nngp.data, [64 / 81, 64 / 81, 64 / 81, 64 / 81]);
  });
}

Deno.test("the networks of this file have up to four axes of positions", () => {
  const most = Math.max(...networks.map(({ out }) => out.positions.length));
  assertDeepEquals([networks.length, most], [12, 4]);
  for (const { layer, out } of networks) {
    const matrix = matrixOf(layer, start, out);
    assertDeepEquals([matrix.length, matrix[0].length], [count(out.positions), 12]);
  }
});

Deno.test("a matrix that is known", () => {
  const x = new NdArray(Float64Array.of(1, 2, 3), [1, 3, 1]);
  const layer = AvgPool([2], { padding: "VALID" });
  const input: Shape = { batchAxis: 0, channelAxis: 2, positions: [3] };
  assertDeepEquals(matrixOf(layer, input, { ...input, positions: [2] }), [[0.5, 0.5, 0], [0, 0.5, 0.5]]);
  assertDeepEquals([...layer.applyFn(null, x).data], [1.5, 2.5]);
});
