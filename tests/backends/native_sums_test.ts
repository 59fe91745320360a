/** Long sums in float32 on native are formed in runs: where all terms are rounded alike, one chain of n is off by about n roundings. */
import { stax } from "../../mod.ts";
import { NdArray } from "../../lib/array/mod.ts";
import { assertClose } from "../assert.ts";
import { nativeTest } from "../native.ts";

const { AvgPool, Aggregate, Conv, ConvLocal, Dense, Flatten, GlobalAvgPool, ImageResize, Relu, serial } =
  stax;

const options = { backend: "native", dtype: "float32" } as const;
const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const constants = [0.7, 0.9, 1.1].map(Math.fround);

/** One input of a constant. */
const constant = (shape: readonly number[], value: number) =>
  new NdArray(new Float64Array(size(shape)).fill(value), [1, ...shape]);

/** Chains of up to 150 roundings, each half a unit at most of a sum that grows: 2e-6. Layers whose outputs are means of their inputs, or of windows of them: the kernel of a constant c is c². */
const means: Record<string, [stax.Network, readonly number[]]> = {
  "AvgPool([150])": [serial(Conv(1, [1]), AvgPool([150]), GlobalAvgPool()), [200, 1]],
  "AvgPool([199]), a stride apart": [
    serial(Conv(1, [1]), AvgPool([199], { strides: [1] }), GlobalAvgPool()),
    [200, 1],
  ],
  "AvgPool([14, 14])": [
    serial(Conv(1, [1, 1]), AvgPool([14, 14], { strides: [14, 14] }), GlobalAvgPool()),
    [28, 28, 1],
  ],
  "AvgPool([40, 3])": [serial(Conv(1, [1, 1]), AvgPool([40, 3]), Flatten()), [41, 4, 1]],
  "AvgPool([5, 6, 7])": [serial(Conv(1, [1, 1, 1]), AvgPool([5, 6, 7]), Flatten()), [6, 7, 8, 1]],
  "a resize of 200 to 2": [serial(Conv(1, [1]), ImageResize([-1, 2, -1]), GlobalAvgPool()), [200, 1]],
  "a window of 1500": [serial(Conv(1, [1500]), Flatten()), [1502, 1]],
  "a window of [300, 3]": [serial(Conv(1, [300, 3]), Flatten()), [302, 5, 1]],
  "a local window of 500": [serial(ConvLocal(1, [500]), Flatten()), [502, 1]],
  "100 000 channels": [serial(Conv(1, [1]), Flatten()), [2, 100_000]],
  "100 000 features": [Dense(1), [100_000]],
};

for (const [what, [network, shape]] of Object.entries(means)) {
  nativeTest(`native float32: sums of equal terms do not drift, ${what}`, async () => {
    for (const value of constants) {
      const k = await network.kernelFn(constant(shape, value), null, "nngp", options);
      assertClose(k.data, k.data.map(() => value * value), { rtol: 2e-6, message: `${value}` });
    }
  });
}

nativeTest("native float32: sums over mixed positions do not drift", async () => {
  // K(p, q) = c² and weights of 1/256, exactly: the mean of 256² equal terms.
  const pattern = new NdArray(new Float64Array(256 ** 2).fill(1 / 256), [1, 256, 256]);
  for (const value of constants) {
    const k = await serial(Dense(1), Aggregate(), GlobalAvgPool()).kernelFn(
      constant([256, 1], value),
      null,
      "nngp",
      { ...options, pattern: [pattern, pattern] },
    );
    assertClose(k.data, [value * value], { rtol: 1e-6 });
  }
});

nativeTest("native float32: pools of what differs, after a nonlinearity, as in float64", async () => {
  // Positive entries, as if random, of three channels: positions are not parallel.
  const entry = (k: number) => Math.fround(Math.abs(43758.5453 * Math.sin(k + 1)) % 1.5);
  const of = (shape: number[]) =>
    new NdArray(Float64Array.from({ length: size(shape) }, (_, k) => entry(k)), shape);
  const cases: [stax.Network, number[]][] = [
    [serial(Conv(1, [1]), Relu(), AvgPool([150]), Flatten()), [4, 150, 3]],
    [serial(Conv(1, [1]), Relu(), AvgPool([60], { strides: [20] }), Conv(1, [1]), Relu(), Flatten()), [
      3,
      120,
      3,
    ]],
    [
      serial(
        Conv(1, [1, 1]),
        Relu(),
        AvgPool([14, 14], { padding: "SAME" }),
        Conv(1, [1, 1]),
        Relu(),
        Flatten(),
      ),
      [2, 16, 15, 3],
    ],
  ];
  for (const [{ kernelFn }, shape] of cases) {
    const x = of(shape);
    const actual = await kernelFn(x, null, ["nngp", "ntk"], options);
    const expected = await kernelFn(x, null, ["nngp", "ntk"], { backend: "reference" });
    assertClose(actual.nngp.data, expected.nngp.data, { rtol: 1e-6 });
    assertClose(actual.ntk!.data, expected.ntk!.data, { rtol: 1e-6 });
  }
});
