/** Loops of shaders take as many turns as there are features, channels or entries of windows; an emulation ends them after 65 535. */
import assert from "node:assert/strict";
import { stax } from "../../mod.ts";
import { assertClose } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";

/** ±1 with a period of 3 and 5: sums of products are small integers, known exactly. */
const row = (depth: number, period: number) =>
  Array.from({ length: depth }, (_, k) => k % period === 0 ? -1 : 1);

/** ⟨x, y⟩ counted in integers. */
const mean = (x: readonly number[], y: readonly number[]) =>
  x.reduce((sum, a, k) => sum + a * y[k], 0) / x.length;

const tolerance = { float32: 1e-6, float64: 1e-14 };

for (const dtype of ["float32", "float64"] as const) {
  const options = { backend: "webgpu", dtype };
  for (const depth of [60_000, 70_000]) {
    gpuTest(`webgpu ${dtype}: products of ${depth} features`, async () => {
      const x = [3, 5, 7].map((period) => row(depth, period));
      const k = await stax.Dense(1).kernelFn(x, null, "nngp", options);
      const expected = x.flatMap((a) => x.map((b) => mean(a, b)));
      assertClose(k.data, expected, { atol: tolerance[dtype] });
    }, dtype);

    gpuTest(`webgpu ${dtype}: near pairs of ${depth} features, four rows a thread`, async () => {
      const step = dtype === "float32" ? 2 ** -9 : 2 ** -12;
      // Every 8th coordinate differs, so that E[(u − v)²] = (i − j)²·step²/8.
      const x = Array.from({ length: 50 }, (_, i) => {
        const values = new Float64Array(depth).fill(1);
        for (let k = 0; k < depth; k += 8) values[k] += i * step;
        return [...values];
      });
      const gamma = 1 / (step * step * 50);
      const k = await stax.serial(stax.Dense(1), stax.Rbf({ gamma })).kernelFn(x, null, "nngp", options);
      for (const [i, j] of [[0, 1], [0, 49], [17, 40], [33, 2], [48, 49]]) {
        const expected = Math.exp(-gamma * ((i - j) * step) ** 2 / 8);
        assertClose(k.at(i, j), expected, {
          atol: dtype === "float32" ? 2e-6 : 1e-10,
          message: `(${i}, ${j})`,
        });
      }
    }, dtype);

    gpuTest(`webgpu ${dtype}: products of ${depth} channels`, async () => {
      const [a, b] = [row(depth, 3), row(depth, 5)];
      const x = [[[a, b], [b, a]].map((line) => [line[0], line[1]])];
      const network = stax.serial(stax.Conv(1, [1, 1]), stax.Flatten());
      const k = await network.kernelFn(x, null, "nngp", options);
      assertClose(k.at(0, 0), 1, { atol: tolerance[dtype] });
      const pooled = await stax.serial(stax.Conv(1, [1, 1]), stax.GlobalAvgPool()).kernelFn(
        x,
        null,
        "nngp",
        options,
      );
      assertClose(pooled.at(0, 0), (1 + mean(a, b)) / 2, { atol: tolerance[dtype] });
    }, dtype);
  }
}

/** Layers whose weights along 200 positions have the sum 1 for each of their outputs. */
const means: Record<string, stax.Network> = {
  "windows of 150": stax.AvgPool([150]),
  "windows of 199, a stride apart": stax.AvgPool([199], { strides: [1] }),
  "a resize to 2": stax.ImageResize([-1, 2, -1]),
};

for (const [what, layer] of Object.entries(means)) {
  gpuTest(`webgpu float32: sums over pairs of positions do not drift, ${what}`, async () => {
    // Every term is rounded the same way, so that a chain of 22 500 would be off by 3e-4.
    const values = [Math.fround(0.7), Math.fround(0.9)];
    const x = values.map((value) => Array.from({ length: 200 }, () => [value]));
    const { kernelFn } = stax.serial(stax.Conv(1, [1]), layer, stax.GlobalAvgPool());
    const k = await kernelFn(x, null, "nngp", { backend: "webgpu", dtype: "float32" });
    // The mean of a constant is the constant.
    assertClose(k.data, values.flatMap((a) => values.map((b) => a * b)), { rtol: 2e-6, message: what });
  }, "float32");
}

gpuTest("webgpu: more turns than an emulation takes are refused or right", async () => {
  const { software } = await import("../../lib/backends/webgpu/device/device.ts").then(({ acquire }) =>
    acquire()
  );
  if (!software) return;
  const refused =
    /^RangeError: Cannot compute on an emulated GPU as the loops of a thread must take at most 65535 turns: /;
  const x = [Array<number>(600_000).fill(1)];
  await assert.rejects(
    () => stax.Dense(1).kernelFn(x, null, "nngp", { backend: "webgpu", dtype: "float32" }),
    refused,
  );
  const image = [Array.from({ length: 300 }, () => [1])];
  const network = stax.serial(stax.Conv(1, [1]), stax.AvgPool([280]), stax.Flatten());
  await assert.rejects(
    () => network.kernelFn(image, null, "nngp", { backend: "webgpu", dtype: "float32" }),
    refused,
  );
}, "float32");
