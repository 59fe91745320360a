/** Networks with positions on the WebGPU backend under any limits, with equal points, cancelled, and what they leave behind. */
import { stax } from "../../mod.ts";
import { array, type DType, type NdArray } from "../../lib/array/mod.ts";
import type { Progress } from "../../lib/pause.ts";
import type { Job } from "../../lib/program/job.ts";
import { acquire } from "../../lib/backends/webgpu/device/device.ts";
import { webgpu } from "../../lib/backends/webgpu/mod.ts";
import { runPositions } from "../../lib/backends/webgpu/run/positions.ts";
import { type Guess, shifted } from "../../lib/backends/webgpu/run/chain_kernel.ts";
import { DeviceLostError } from "../../lib/errors.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";
import { watchBuffers } from "./gpu_checks.ts";
import { gaussian } from "./jobs.ts";
import { assertClose, assertNear, expectedOf, jobOf, runWith } from "./spatial_jobs.ts";
import { conv, layer, pool, residual } from "./spatial_networks.ts";
import { assertBelow } from "../timing.ts";

const SIZE = 6;
const CHANNELS = 3;
const bounds = { float32: 1e-6, float64: 1e-14 };

const networks: Record<string, stax.Network> = {
  "summed over the diagonal": stax.serial(
    layer(),
    layer({ padding: "VALID" }),
    stax.Flatten(),
    stax.Dense(1),
  ),
  "summed over all pairs": stax.serial(
    layer(),
    layer({ padding: "CIRCULAR", strides: [2, 2] }),
    stax.GlobalAvgPool(),
  ),
  "pooled": stax.serial(layer(), pool, layer(), pool, stax.Flatten(), stax.Dense(1)),
  "residual": stax.serial(conv(), residual, stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1)),
  "without biases": stax.serial(layer({ bStd: null }), layer({ bStd: null }), stax.GlobalAvgPool()),
  "attention": stax.serial(
    layer(),
    stax.GlobalSelfAttention(1, { nChanKey: 1, nChanVal: 1, nHeads: 1 }),
    stax.Flatten(),
  ),
  "all positions": stax.serial(layer(), layer()),
};

/** Images from functions of the place, rounded to float32. */
function images(...pixels: ((y: number, x: number, k: number) => number)[]): NdArray {
  const values = pixels.flatMap((pixel) =>
    Array.from({ length: SIZE * SIZE * CHANNELS }, (_, k) => {
      const at = Math.floor(k / CHANNELS);
      return Math.fround(pixel(Math.floor(at / SIZE), at % SIZE, k));
    })
  );
  return array(Float64Array.from(values), [pixels.length, SIZE, SIZE, CHANNELS]);
}

const random = gaussian(3, SIZE * SIZE * CHANNELS, "float64", 1);
const noise = (image: number) => (_y: number, _x: number, k: number) =>
  random[image * SIZE * SIZE * CHANNELS + k];
const framed = (image: number) => (y: number, x: number, k: number) =>
  Math.min(y, x) > 1 && Math.max(y, x) < SIZE - 1 ? noise(image)(y, x, k) : 0;

const first = images(noise(0), framed(1), () => 0.7, () => 0, noise(2));
const second = images(framed(2), noise(0), framed(1), () => 0.7);

for (const dtype of ["float32", "float64"] as const) {
  // Points that are equal have an angle of exactly 0; if rounding told them apart it would be about √ε.
  gpuTest(`webgpu ${dtype}: duplicate images, constant patches and zero borders`, async () => {
    for (const [name, network] of Object.entries(networks)) {
      for (const x2 of [second, null]) {
        const job = await jobOf(network, first, x2, dtype);
        assertNear(await webgpu.run(job), await expectedOf(job), bounds[dtype], `${dtype} ${name}`);
      }
    }
  }, dtype);

  gpuTest(`webgpu ${dtype}: without memory for tiles nothing is fused, with the same result`, async () => {
    for (const [name, network] of Object.entries(networks)) {
      const job = await jobOf(network, first, second, dtype);
      const actual = await runWith(job, { workgroupBytes: 0 });
      assertNear(actual, await expectedOf(job), bounds[dtype], `${dtype} ${name}, not fused`);
    }
  }, dtype);

  gpuTest(`webgpu ${dtype}: small buffers and small dispatches give the same result`, async () => {
    for (const [name, network] of Object.entries(networks)) {
      for (const x2 of [second, null]) {
        const job = await jobOf(network, first, x2, dtype);
        const expected = await webgpu.run(job);
        const bytes = dtype === "float32" ? 2 ** 15 : 2 ** 16;
        const { sizes, leaked } = await watchBuffers(async () => {
          const limits = { bindingBytes: bytes, bufferBytes: bytes, workgroups: 5 };
          const actual = await runWith(job, limits, 2 ** 19);
          assertDeepEquals(actual, expected, name);
        });
        assert(Math.max(...sizes) <= bytes);
        assertEquals(leaked, 0);
      }
    }
  }, dtype);
}

/** A job of some seconds. */
const long = async (): Promise<Job> => {
  const deep = stax.serial(stax.repeat(layer(), 30), stax.GlobalAvgPool());
  const many = array(gaussian(20, SIZE * SIZE * CHANNELS, "float64", 2), [20, SIZE, SIZE, CHANNELS]);
  return await jobOf(deep, many, null, "float32");
};

gpuTest("webgpu: rows whose features need many buffers are split, given up and made again", async () => {
  const job = await long();
  const expected = await runWith(job);
  const bytes = 2 ** 16;
  const { sizes, leaked } = await watchBuffers(async () => {
    assertDeepEquals(await runWith(job, { bindingBytes: bytes, bufferBytes: bytes }), expected);
  });
  assert(Math.max(...sizes) <= bytes);
  assertEquals(leaked, 0);
  await assertThrows(
    () => runWith(job, { bindingBytes: bytes / 4, bufferBytes: bytes / 4 }),
    RangeError,
    "Cannot compute on webgpu as what a step reads of an input must fit in a buffer of 16384 bytes: " +
      'current value is 21744 bytes, use { backend: "reference" }',
  );
});

gpuTest("webgpu: progress in pairs that never falls, few readbacks, and no buffer left", async () => {
  const seen: Progress[] = [];
  const job = await long();
  const { readbacks, leaked } = await watchBuffers(() =>
    runWith({ ...job, onProgress: (progress) => seen.push(progress) }, { operations: 2 ** 20 })
  );
  // The variances of the inputs, those of the chain, the outputs of images with themselves, and those of all pairs.
  assertEquals(readbacks, 4);
  assertEquals(leaked, 0);
  assert(seen.every(({ done, total }, k) => total === 210 && done >= (seen[k - 1]?.done ?? 0)));
  // How often depends on the speed of the device, to which the batches adapt.
  assert(new Set(seen.map(({ done }) => done)).size > 1);
  assertEquals(seen.at(-1)!.done, 210);
});

/** The error of a job, after a check that it left no buffer. */
async function failureOf(run: () => Promise<unknown>): Promise<Error> {
  let failure: unknown;
  const { leaked } = await watchBuffers(() => run().catch((error) => failure = error));
  assertEquals(leaked, 0);
  return failure as Error;
}

gpuTest("webgpu: pairs of images are cancelled within a second, and timers run before", async () => {
  const job = await long();
  for (const milliseconds of [0, 100, 400]) {
    await assertBelow(1000, async () => {
      const controller = new AbortController();
      let aborted = 0;
      setTimeout(() => {
        aborted = performance.now();
        controller.abort(new Error("not wanted any more"));
      }, milliseconds);
      const failure = await failureOf(() => runWith({ ...job, signal: controller.signal }));
      assertEquals(failure.message, "not wanted any more");
      return performance.now() - aborted;
    });
  }
});

gpuTest("webgpu: the device is lost during pairs of images, and the next call opens another", async () => {
  const { device } = await acquire();
  const job = await jobOf(networks.pooled, first, second, "float32");
  const failure = await failureOf(() => runWith({ ...job, onProgress: () => device.destroy() }, {}, 2 ** 18));
  assert(failure instanceof DeviceLostError);
  assertNear(await runWith(job), await expectedOf(job), bounds.float32);
});

gpuTest("webgpu: a pair of images that does not fit is refused", async () => {
  const job = await jobOf(networks.pooled, first, second, "float32");
  await assertThrows(
    () => runWith(job, { bufferBytes: 10000 }),
    RangeError,
    "Cannot compute on webgpu as a pair of inputs must fit in a buffer of 10000 bytes: " +
      'current value is 14184 bytes, use { backend: "reference" }',
  );
});

gpuTest("webgpu: variances that overflow are refused as elsewhere", async () => {
  const refused = async (wStd1: number, wStd2: number, least: number, bound: string) => {
    const huge = stax.serial(layer({ wStd: wStd1 }), layer({ wStd: wStd2 }), stax.Flatten());
    const job = await jobOf(huge, first, null, "float64");
    const { name, message } = await failureOf(() => runWith({ ...job, dtype: "float32" }));
    assertEquals(name, "RangeError");
    const [, reason, value] =
      /^Cannot compute Relu as the variance of every row must be (.*): current value is (.*) at row 0, lower wStd or put LayerNorm\(\) before it$/
        .exec(message) ?? [];
    assertEquals(reason, bound);
    assert(Number(value) >= least, `${value} is below ${least}`);
  };
  // The variances are of size 1 without the scales.
  await refused(1e18, 1e3, 3.4e38, "finite in float32");
  await refused(1e19, 1, 1e37, "below 1e+37, where sums of variances overflow in float32");
});

// As where a device takes tiny numbers for 0, or sums in another order.
gpuTest("webgpu: guesses that the device does not confirm are corrected", async () => {
  const gpu = await acquire();
  for (const [name, network] of Object.entries(networks)) {
    const job = await jobOf(network, first, null, "float32");
    let guesses = 0;
    const wrong: Guess = (...values) => {
      guesses++;
      return shifted(...values).map((value) => value * 1.001) as Float32Array;
    };
    assertDeepEquals(await runPositions(gpu, job, wrong), await runPositions(gpu, job), name);
    assert(guesses > 0);
  }
});

for (const dtype of ["float32", "float64"] as const) {
  gpuTest(`webgpu ${dtype}: a kernel over positions is continued`, async () => {
    const compute = async (backend: string, dtype: DType) => {
      const k = await networks["all positions"].kernelFn(first, second, null, { backend, dtype });
      return await networks.pooled.kernelFn(k, null, null, { backend, dtype });
    };
    const [actual, expected] = [await compute("webgpu", dtype), await compute("reference", "float64")];
    assertClose(actual.nngp.data, expected.nngp.data, bounds[dtype], "nngp");
    assertClose(actual.ntk.data, expected.ntk.data, bounds[dtype], "ntk");
  }, dtype);
}
