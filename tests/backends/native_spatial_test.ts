/** Networks with positions on the native backend: what the reference computes, whatever the shape, and the same bits for equal images. */
import { stax } from "../../mod.ts";
import { array, type DType, type NdArray } from "../../lib/array/mod.ts";
import type { Progress } from "../../lib/pause.ts";
import { nativeBackend } from "../../lib/backends/native/backend.ts";
import { Pool } from "../../lib/ffi/pool.ts";
import { requireAddressable } from "../../lib/backends/native/spatial/driver/compiled.ts";
import { reference } from "../../lib/backends/reference/backend.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { native, nativeTest } from "../native.ts";
import { gaussian } from "./jobs.ts";
import { assertClose, assertNear, expectedOf, jobOf } from "./spatial_jobs.ts";
import { conv, layer, pool, residual } from "./spatial_networks.ts";
import { assertBelow } from "../timing.ts";

const dtypes = ["float32", "float64"] as const;
/** Bounds relative to the largest entry: a few roundings. */
const bounds = { float32: 1e-6, float64: 1e-14 };

const shrinking = stax.serial(
  stax.FanOut(2),
  stax.parallel(
    stax.serial(stax.Relu(), conv({ strides: [2, 2] })),
    stax.Conv(1, [1, 1], { strides: [2, 2], padding: "SAME" }),
  ),
  stax.FanInSum(),
);
const axis = (filter: number[], options: stax.ConvOptions = {}) =>
  stax.serial(stax.Conv(1, filter, { wStd: 1.3, bStd: 0.2, ...options }), stax.Gelu());

const wide = stax.Conv(1, [13, 11], { padding: "SAME", wStd: 1.4, bStd: 0.1 });
const dense = stax.serial(stax.Relu(), stax.Dense(1, { wStd: 1.4, bStd: 0.1 }));

/** Networks over images of 6 × 5 pixels. */
const networks: Record<string, stax.Network> = {
  "diagonal": stax.serial(layer(), layer({ padding: "VALID" }), stax.Flatten(), stax.Dense(1)),
  "all pairs": stax.serial(layer(), layer({ strides: [2, 1] }), stax.GlobalAvgPool(), stax.Dense(1)),
  "wrapped": stax.serial(
    layer({ padding: "CIRCULAR" }),
    layer({ padding: "CIRCULAR", strides: [2, 1] }),
    stax.GlobalAvgPool(),
  ),
  "wrapped, then not": stax.serial(layer({ padding: "CIRCULAR" }), layer(), stax.GlobalAvgPool()),
  "pooled": stax.serial(layer(), pool, layer(), pool, stax.Flatten(), stax.Dense(1)),
  "pooled with overlaps": stax.serial(
    layer(),
    stax.AvgPool([3, 2], { strides: [1, 2], padding: "SAME", normalizeEdges: true }),
    layer(),
    stax.GlobalSumPool(),
  ),
  "residual": stax.serial(conv(), residual, residual, stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1)),
  "residual with strides": stax.serial(conv(), shrinking, stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1)),
  "normalised": stax.serial(conv(), stax.LayerNorm({ axis: [1, 2, 3] }), stax.Relu(), conv(), stax.Flatten()),
  "transposed": stax.serial(
    layer(),
    stax.ConvTranspose(1, [3, 2], { strides: [2, 1] }),
    stax.Erf(),
    stax.Flatten(),
  ),
  "local": stax.serial(layer(), stax.ConvLocal(1, [2, 2]), stax.Relu(), stax.GlobalAvgPool()),
  "numerical": stax.serial(
    conv(),
    stax.ElementwiseNumerical((x: number) => Math.tanh(x)),
    pool,
    conv(),
    stax.Relu(),
    stax.GlobalAvgPool(),
  ),
  "attention": stax.serial(
    layer(),
    stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1 }),
    stax.Relu(),
    stax.GlobalAvgPool(),
  ),
  "all positions": stax.serial(layer(), layer()),
  "windows that are loops": stax.serial(
    layer(),
    conv(),
    stax.Relu(),
    wide,
    stax.Relu(),
    conv(),
    stax.Flatten(),
  ),
  "a map in pieces": stax.serial(conv(), ...Array(9).fill(dense), conv(), stax.Relu(), stax.GlobalAvgPool()),
};

const random = (count: number, shape: readonly number[], seed: number): NdArray =>
  array(gaussian(count, shape.reduce((a, b) => a * b, 1), "float64", seed), [count, ...shape]);

async function assertAsReference(
  name: string,
  network: stax.Network,
  [x1, x2]: readonly [NdArray, NdArray | null],
  dtype: DType,
): Promise<void> {
  const job = await jobOf(network, x1, x2, dtype);
  // Coefficient tables are as wide as the rows need that are computed together, and right to a tolerance of 1e-8.
  const bound = name.startsWith("numerical") ? 1e-8 + bounds[dtype] : bounds[dtype];
  assertNear(await native.run(job), await expectedOf(job), bound, `${dtype} ${name}`);
}

for (const dtype of dtypes) {
  nativeTest(`native ${dtype}: every way through positions`, async () => {
    const [x1, x2] = [random(3, [6, 5, 2], 1), random(2, [6, 5, 2], 2)];
    for (const [name, network] of Object.entries(networks)) {
      await assertAsReference(name, network, [x1, x2], dtype);
      await assertAsReference(`${name}, symmetric`, network, [x1, null], dtype);
    }
  });

  nativeTest(`native ${dtype}: any number of images, around the number of lanes`, async () => {
    for (const [n1, n2] of [[1, 1], [1, 3], [2, 17], [17, 1], [9, 8]]) {
      const pair = [random(n1, [6, 5, 1], 3), random(n2, [6, 5, 1], 4)] as const;
      await assertAsReference(`${n1} × ${n2}`, networks.pooled, pair, dtype);
    }
    for (const n of [1, 8, 17]) {
      await assertAsReference(`${n}`, networks["all pairs"], [random(n, [4, 3, 1], 5), null], dtype);
    }
  });

  nativeTest(`native ${dtype}: one axis, and three`, async () => {
    const one = stax.serial(
      axis([3], { padding: "SAME" }),
      axis([2], { strides: [2] }),
      stax.AvgPool([2]),
      axis([4], { padding: "CIRCULAR" }),
      stax.GlobalAvgPool(),
    );
    await assertAsReference("one axis", one, [random(2, [11, 3], 6), random(3, [11, 3], 7)], dtype);
    const three = stax.serial(
      axis([3, 2, 1], { padding: "SAME" }),
      axis([2, 1, 2]),
      stax.AvgPool([1, 2, 1], { strides: [1, 2, 1] }),
      axis([1, 2, 2], { padding: "CIRCULAR" }),
      stax.GlobalAvgPool(),
    );
    await assertAsReference("three", three, [random(2, [3, 4, 3, 2], 8), random(3, [3, 4, 3, 2], 9)], dtype);
  });

  nativeTest(`native ${dtype}: more positions than Hermite sums are computed for at a time`, async () => {
    const numerical = stax.ElementwiseNumerical((x: number) => Math.tanh(x));
    for (const head of [stax.GlobalAvgPool(), stax.Flatten()]) {
      const network = stax.serial(conv(), numerical, conv(), numerical, head);
      const pair = [random(2, [11, 9, 2], 24), random(3, [11, 9, 2], 25)] as const;
      await assertAsReference(`numerical, ${head.type}`, network, pair, dtype);
      await assertAsReference(`numerical, ${head.type}, symmetric`, network, [pair[0], null], dtype);
    }
  });

  nativeTest(`native ${dtype}: branches side by side as examples`, async () => {
    const branches = stax.parallel(stax.Dense(1), stax.Dense(1));
    const network = stax.serial(
      ...[stax.FanOut(2), branches, stax.FanInConcat({ axis: 0 }), stax.Relu(), conv(), stax.Flatten()],
    );
    const pair = [random(2, [6, 5, 2], 26), random(3, [6, 5, 2], 27)] as const;
    const [actual, expected] = await Promise.all(
      ["native", "reference"].map((backend) =>
        network.kernelFn(...pair, ["nngp", "ntk"], {
          backend,
          dtype: backend === "native" ? dtype : "float64",
        })
      ),
    );
    for (const name of ["nngp", "ntk"] as const) {
      assertClose(actual[name].data, expected[name].data, bounds[dtype], name);
    }
  });

  nativeTest(`native ${dtype}: padding that is masked, and kernels that are continued`, async () => {
    const { kernelFn } = stax.serial(layer(), pool, layer(), stax.GlobalAvgPool());
    const masked = random(3, [6, 5, 2], 10);
    masked.data.fill(-7, 0, 20);
    masked.data.fill(-7, 150, 180);
    const rest = stax.serial(layer(), stax.GlobalAvgPool());
    const kernels = await Promise.all([{ backend: "native", dtype }, { backend: "reference" }].map(
      async (target: stax.KernelOptions) => {
        const o = { ...target, maskConstant: -7 };
        const first: stax.Kernel = await layer().kernelFn(
          random(2, [4, 3, 1], 11),
          random(3, [4, 3, 1], 12),
          null,
          target,
        );
        return [
          await kernelFn(masked, random(2, [6, 5, 2], 13), null, o),
          await kernelFn(masked, null, null, o),
          await rest.kernelFn(first, null, null, target),
        ] as stax.Kernel[];
      },
    ));
    kernels[0].forEach((actual, k) => {
      for (const field of ["nngp", "ntk", "cov1"] as const) {
        assertClose(actual[field]!.data, kernels[1][k][field]!.data, bounds[dtype], `${k} ${field}`);
      }
    });
  });

  nativeTest(`native ${dtype}: the same bits wherever an image meets itself`, async () => {
    const x1 = withConstants(random(5, [6, 5, 2], 14));
    const step = x1.size / 5;
    const copies = array(
      Float64Array.from([...x1.data.slice(2 * step), ...x1.data.slice(0, 2 * step)]),
      [5, 6, 5, 2],
    );
    for (const [name, network] of Object.entries(networks)) {
      const { matrices: { nngp }, own } = await native.run(await jobOf(network, x1, copies, dtype));
      const entries = own.length / 10;
      for (let i = 0; i < 5; i++) {
        const j = (i + 3) % 5;
        for (let e = 0; e < entries; e++) {
          assertEquals(
            nngp[(i * 5 + j) * entries + e],
            own[i * entries + e],
            `${name}: image ${i}, entry ${e}`,
          );
        }
      }
    }
  });

  nativeTest(`native ${dtype}: duplicate images and constant patches have an angle of 0`, async () => {
    const x = withConstants(random(4, [6, 5, 2], 15));
    const pair = [x, array(x.data.slice().reverse(), x.shape)] as const;
    for (const [name, network] of Object.entries(networks)) {
      // Positions of a constant image are averaged with other weights, so that they are equal but for their rounding.
      if (name === "attention" || name === "pooled with overlaps") continue;
      // Zeros of different images are multiples of each other: at an angle of 0 that is computed, NTKs lose half of their digits.
      if (name === "normalised") continue;
      await assertAsReference(`${name}, duplicates`, network, [x, x], dtype);
      await assertAsReference(`${name}, constants`, network, pair, dtype);
    }
  });

  nativeTest(`native ${dtype}: variances that differ and have roots without a rest`, async () => {
    const network = stax.serial(stax.Conv(1, [1, 1]), stax.Relu(), stax.Flatten());
    const image = (values: number[]) => array(values, [2, 2, 2, 1]);
    const pair = [image([1, 2, 4, 1, -2, 2, 0, 8]), image([4, 2, 1, -1, 2, 8, 2, 0])] as const;
    await assertAsReference("squares", network, pair, dtype);
  });

  nativeTest(`native ${dtype}: the same bits for every number of threads`, async () => {
    for (const x2 of [random(11, [6, 5, 2], 17), null]) {
      const job = await jobOf(networks.residual, random(19, [6, 5, 2], 16), x2, dtype);
      const results = await Promise.all(
        [1, 2, 5].map((threads) => nativeBackend(new Pool(threads)).run(job)),
      );
      for (const result of results) assertDeepEquals(result, results[0]);
    }
  });
}

/** The images with a constant one, a zero one, and borders of zeros. */
function withConstants(x: NdArray): NdArray {
  const step = x.size / x.shape[0];
  x.data.fill(0.7, 0, step);
  x.data.fill(0, step, 2 * step);
  for (let k = 2 * step; k < 3 * step; k++) if (k % step < 20 || k % 10 < 2) x.data[k] = 0;
  return x;
}

Deno.test("native: images of more values than 32 bits count are refused", async () => {
  requireAddressable(8100 ** 2, 2, "float32");
  await assertThrows(
    () => requireAddressable(8194 ** 2, 2, "float32"),
    UnsupportedError,
    "Cannot compute a float32 network with positions on native as the images of a vector must have less than 2³¹ values " +
      'together, padding included: current value is 2148532384, use smaller images or { backend: "reference" }',
  );
});

nativeTest("native: a symmetric kernel is symmetric to the last bit", async () => {
  const { kernelFn } = stax.serial(layer(), layer(), stax.GlobalAvgPool());
  const { nngp, ntk } = await kernelFn(random(19, [4, 3, 1], 18), null, ["nngp", "ntk"], {
    backend: "native",
  });
  for (const k of [nngp, ntk]) {
    for (let i = 0; i < 19; i++) for (let j = 0; j < i; j++) assertEquals(k.at(i, j), k.at(j, i));
  }
});

nativeTest("native: progress counts pairs, and comes to an end", async () => {
  for (const [x2, total] of [[random(7, [6, 5, 2], 20), 77], [null, 66]] as const) {
    const job = await jobOf(networks.pooled, random(11, [6, 5, 2], 19), x2, "float32");
    const reports: Progress[] = [];
    await native.run({ ...job, onProgress: (progress) => reports.push(progress) });
    assert(
      reports.every((progress, k) =>
        progress.total === total && progress.done >= (reports[k - 1]?.done ?? 1)
      ),
    );
    assertDeepEquals(reports.at(-1), { done: total, total });
  }
});

nativeTest("native: stops within a second, also within one task", async () => {
  const deep = stax.serial(...Array.from({ length: 12 }, () => layer()), stax.GlobalAvgPool());
  const job = await jobOf(deep, random(8, [32, 32, 1], 21), random(8, [32, 32, 1], 22), "float64");
  await assertBelow(1100, async () => {
    const controller = new AbortController();
    const start = performance.now();
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await assertThrows(() => native.run({ ...job, signal: controller.signal }), Error, "enough");
    return performance.now() - start;
  });
});

nativeTest("native: variances that leave the range are refused as by the reference", async () => {
  const networks = [
    stax.serial(layer(), conv({ wStd: 1e200 }), stax.Relu(), stax.Flatten()),
    stax.serial(
      conv(),
      stax.Exp({ a: 1, b: 1 }),
      conv(),
      stax.ElementwiseNumerical((x: number) => x ** 3),
      stax.Flatten(),
    ),
  ];
  const x = random(20, [4, 3, 1], 23);
  x.data.subarray(17 * 12).forEach((value, k, rest) => rest[k] = value * 1e150);
  for (const network of networks) {
    const job = await jobOf(network, x, null, "float64");
    const message = await reference.run(job).then(() => "", (error: Error) => error.message);
    assert(message.startsWith("Cannot compute"), message);
    await assertThrows(() => native.run(job), RangeError, message);
  }
});
