/** What can go wrong on a GPU ends in an error that says what to do, leaves no buffer behind, and spoils no later call. */
import { random, stax } from "../../mod.ts";
import { assert, assertDeepEquals, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";
import { assertAsReference, runWithLimits, watchBuffers } from "./gpu_checks.ts";
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import { assertNear, expectedOf, jobOf, runWith } from "./spatial_jobs.ts";
import type { Availability } from "../../lib/backends/backend.ts";
import type { Progress } from "../../lib/pause.ts";
import { native } from "../../lib/backends/native/mod.ts";
import { acquire } from "../../lib/backends/webgpu/device/device.ts";
import { webgpu } from "../../lib/backends/webgpu/mod.ts";
import { pipelineOf } from "../../lib/backends/webgpu/device/pipeline.ts";
import { DeviceLostError } from "../../lib/errors.ts";
import { variable } from "../../lib/expr/expr.ts";
import { compile } from "../../lib/program/entrywise.ts";

const job = gramJob(deep(abRelu(0, 1), 1, 1.4, 0.1), gaussian(200, 4, "float32", 1), null, 4, "float32");

/** The error of a job, after a check that it left no buffer. */
async function failureOf(run: () => Promise<unknown>): Promise<Error> {
  let failure: unknown;
  const { leaked } = await watchBuffers(() => run().catch((error) => failure = error));
  assertEquals(leaked, 0);
  return failure as Error;
}

gpuTest("webgpu: cancelled before it starts", async () => {
  const signal = AbortSignal.abort(new Error("not wanted"));
  assertEquals((await failureOf(() => webgpu.run({ ...job, signal }))).message, "not wanted");
});

gpuTest("webgpu: cancelled between batches", async () => {
  const controller = new AbortController();
  let calls = 0;
  const onProgress = () => {
    calls++;
    controller.abort(new Error("not wanted any more"));
  };
  const cancelled = { ...job, onProgress, signal: controller.signal };
  const failure = await failureOf(() => runWithLimits(cancelled, { operations: 1, bufferBytes: 2 ** 16 }));
  assertEquals(failure.message, "not wanted any more");
  assertEquals(calls, 1);
});

gpuTest("webgpu: timers run while it computes", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await webgpu.run(job);
  clearInterval(timer);
  assertEquals(ticks > 0, true);
});

gpuTest("webgpu: the device is lost before a call, and the next one opens another", async () => {
  const { device } = await acquire();
  device.destroy();
  assertLoss(await failureOf(() => webgpu.run(job)));
  await assertAsReference(job, 1e-6);
  assertEquals((await acquire()).device === device, false);
});

gpuTest("webgpu: the device is lost during a call, and the next one opens another", async () => {
  const { device } = await acquire();
  const lost = { ...job, onProgress: () => device.destroy() };
  assertLoss(await failureOf(() => runWithLimits(lost, { operations: 1 })));
  await assertAsReference(job, 1e-6);
});

function assertLoss(failure: Error): void {
  assertEquals(failure instanceof DeviceLostError, true);
  assertMatch(
    failure.message,
    /^Cannot compute on webgpu as the device must stay available: current value is lost \(.+\), call again to open it anew or use \{ backend: "reference" \}$/,
  );
}

/** A method that the device never answers, as it is lost meanwhile. */
const unanswered: Record<string, { readonly prototype: object; readonly calls: readonly number[] }> = {
  mapAsync: { prototype: GPUBuffer.prototype, calls: [1] },
  onSubmittedWorkDone: { prototype: GPUQueue.prototype, calls: [1, 2] },
  popErrorScope: { prototype: GPUDevice.prototype, calls: [1, 4, 9] },
  createComputePipelineAsync: { prototype: GPUDevice.prototype, calls: [1] },
};

/** Calls `work` where the `call`-th call of a method loses the device and is never answered. */
async function neverAnswered<T>(
  prototype: object,
  method: string,
  call: number,
  work: () => Promise<T>,
): Promise<T> {
  // A device without compiled shaders.
  const { device: before } = await acquire();
  before.destroy();
  await before.lost;
  const { device } = await acquire();
  const original = Reflect.get(prototype, method);
  let calls = 0;
  Reflect.set(prototype, method, function (this: unknown, ...args: unknown[]) {
    if (++calls < call) return original.apply(this, args);
    if (calls === call) device.destroy();
    return new Promise(() => {});
  });
  try {
    return await work();
  } finally {
    Reflect.set(prototype, method, original);
    assertEquals(calls >= call, true);
  }
}

const conv = stax.serial(
  stax.Conv(1, [3, 3]),
  stax.Relu(),
  stax.Conv(1, [3, 3]),
  stax.Relu(),
  stax.GlobalAvgPool(),
);
const images = random.normal(random.key(1), [4, 5, 5, 2]);

for (const [method, { prototype, calls }] of Object.entries(unanswered)) {
  for (const call of calls) {
    gpuTest(`webgpu: the device is lost while call ${call} of ${method} waits for it`, async () => {
      const vectors = () => runWithLimits(job, { operations: 1, bufferBytes: 2 ** 16 });
      assertLoss(await failureOf(() => neverAnswered(prototype, method, call, vectors)));
      await assertAsReference(job, 1e-6);
    });
    gpuTest(`webgpu: the device is lost while call ${call} of ${method} waits for it, images`, async () => {
      const spatial = await jobOf(conv, images, null, "float32");
      assertLoss(
        await failureOf(() => neverAnswered(prototype, method, call, () => runWith(spatial, {}, 1))),
      );
      assertNear(await runWith(spatial), await expectedOf(spatial), 1e-5);
    });
  }
}

gpuTest("webgpu: kernelFn names the loss, and the next call computes", async () => {
  const network = stax.serial(stax.Dense(1), stax.Relu());
  const compute = () => network.kernelFn([[1, 2]], null, "nngp", { backend: "webgpu", dtype: "float32" });
  const expected = await compute();
  const { prototype } = GPUBuffer;
  assertLoss(await failureOf(() => neverAnswered(prototype, "mapAsync", 1, compute)));
  assertDeepEquals(await compute(), expected);
});

/** Calls `work` on a device that says it has no memory for buffers of more than `most` bytes; returns the sizes asked for. */
async function withLittleMemory(most: number, work: () => Promise<unknown>): Promise<number[]> {
  const { createBuffer, popErrorScope } = GPUDevice.prototype;
  const sizes: number[] = [];
  let refused = false;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    sizes.push(descriptor.size);
    refused ||= descriptor.size > most;
    return createBuffer.call(this, descriptor);
  };
  GPUDevice.prototype.popErrorScope = async function () {
    const isRefused = refused;
    refused = false;
    const error = await popErrorScope.call(this);
    return isRefused ? new GPUOutOfMemoryError("Not enough memory left") : error;
  };
  try {
    await work();
  } finally {
    Object.assign(GPUDevice.prototype, { createBuffer, popErrorScope });
  }
  return sizes;
}

const [x1, x2] = [1, 2].map((seed) => gaussian(1200, 4, "float32", seed));
/** Results of 11.5 MB, of which little more than half are computed where x2 is x1. */
const different = gramJob(job.program.output, x1, x2, 4, "float32");
const same = gramJob(job.program.output, x1, null, 4, "float32");

for (const [most, larger] of [[10e6, different], [4e6, same], [2 ** 21, different]] as const) {
  gpuTest(
    `webgpu: a device that refuses buffers of more than ${most} bytes computes in smaller ones`,
    async () => {
      const expected = await webgpu.run(larger);
      const seen: number[] = [];
      const onProgress = ({ done, total }: Progress) => seen.push(done / total);
      const { leaked } = await watchBuffers(async () => {
        const sizes = await withLittleMemory(most, async () => {
          assertDeepEquals(await webgpu.run({ ...larger, onProgress }), expected);
        });
        assert(sizes.some((size) => size > most), "it was refused");
        assert(sizes.length > 2);
      });
      assertEquals(leaked, 0);
      assert(seen.every((share, i) => share >= (seen[i - 1] ?? 0)));
      assertEquals(seen.at(-1), 1);
    },
  );
}

gpuTest("webgpu: a device with little memory computes images in smaller parts", async () => {
  const many = random.normal(random.key(2), [12, 8, 8, 3]);
  const network = stax.serial(
    stax.Conv(1, [3, 3]),
    stax.Relu(),
    stax.AvgPool([2, 2]),
    stax.Conv(1, [1, 1]),
    stax.Gelu(),
    stax.GlobalAvgPool(),
  );
  const spatial = await jobOf(network, many, null, "float32");
  const expected = await runWith(spatial);
  const { leaked } = await watchBuffers(async () => {
    const sizes = await withLittleMemory(2 ** 21, async () => {
      assertDeepEquals(await runWith(spatial), expected);
    });
    assert(sizes.some((size) => size > 2 ** 21), "it was refused");
  });
  assertEquals(leaked, 0);
});

gpuTest("webgpu: no memory at all names the backend that would do", async () => {
  const { dtypes } = await native.availability();
  const spatial = await jobOf(conv, images, null, "float32");
  for (const run of [() => webgpu.run(job), () => runWith(spatial)]) {
    const failure = await failureOf(() => withLittleMemory(0, run));
    assertEquals(failure instanceof RangeError, true);
    assertEquals(
      failure.message,
      "Cannot compute on webgpu as its buffers must fit in the memory of the device: " +
        "current value is Not enough memory left, compute fewer rows at once or use " +
        `{ backend: "${dtypes.includes("float32") ? "native" : "reference"}" }`,
    );
  }
  await assertAsReference(job, 1e-6);
});

gpuTest("webgpu: a command that the device refuses", async () => {
  const n = 4200;
  const big = gramJob(job.program.output, new Float32Array(n), null, 1, "float32");
  const failure = await failureOf(() => runWithLimits(big, { bindingBytes: 2 ** 40, operations: Infinity }));
  assertMatch(
    failure.message,
    /^Cannot compute on webgpu as its commands must be valid: current value is /,
  );
});

gpuTest("webgpu: a shader that does not compile", async () => {
  const { device } = await acquire();
  const failure = await failureOf(() => pipelineOf(device, "fn main( {"));
  assertMatch(
    failure.message,
    /^Cannot compile a shader for webgpu as its WGSL must be valid: current value is /,
  );
  assertMatch(failure.message, /expected identifier/);
});

gpuTest("webgpu: what float32 cannot hold", async () => {
  const program = compile({ nngp: variable("cov").mul(variable("var", "row1").square()) }, {}, []);
  const x = Float32Array.of(1e15, 1);
  await assertThrows(
    () => webgpu.run(gramJob(program, x, null, 1, "float32")),
    RangeError,
    "Cannot compute in float32 on webgpu as every value must be below 3.4e38: current value is Infinity, " +
      'lower wStd or use { dtype: "float64" }',
  );
  const ids = compile({ nngp: variable("id", "row1").add(variable("id", "row2")) }, {}, []);
  const many = { ...gramJob(ids, x, null, 1, "float32"), features: [Float64Array.of(0, 2 ** 24)] };
  await assertThrows(
    () => webgpu.run(many),
    RangeError,
    "Cannot compute a float32 kernel on webgpu as it must have at most 2²⁴ rows: current value is 16777217, " +
      'split the batch or use { dtype: "float64" }',
  );
});

/** What a fresh copy of the module says where `navigator.gpu` is this. */
async function availabilityWith(gpu: unknown): Promise<Availability> {
  Object.defineProperty(navigator, "gpu", { configurable: true, value: gpu });
  try {
    const copy = new URL(
      `../../lib/backends/webgpu/device/device.ts?${crypto.randomUUID()}`,
      import.meta.url,
    );
    return await (await import(copy.href)).availability();
  } finally {
    Reflect.deleteProperty(navigator, "gpu");
  }
}

Deno.test("webgpu: why it is not available", async () => {
  const none = { name: "webgpu", dtypes: [], device: "", fast: false };
  assertDeepEquals(await availabilityWith(undefined), {
    ...none,
    reason: "this runtime has no navigator.gpu, run in Deno or a browser with WebGPU or " +
      'use { backend: "reference" }',
  });
  assertDeepEquals(await availabilityWith({ requestAdapter: () => Promise.resolve(null) }), {
    ...none,
    reason: "no GPU was found, install its driver (on Linux a Vulkan one, such as mesa-vulkan-drivers) or " +
      'use { backend: "reference" }',
  });
  assertDeepEquals(
    await availabilityWith({ requestAdapter: () => Promise.reject(new Error("driver bug")) }),
    {
      ...none,
      reason: 'the GPU could not be opened (driver bug), update its driver or use { backend: "reference" }',
    },
  );
});

gpuTest("webgpu: a device without float64 still computes in float32", async () => {
  const { gpu } = navigator;
  const requestAdapter = async () => {
    const adapter = (await gpu.requestAdapter())!;
    return {
      info: { description: "", vendor: "acme", architecture: "one" },
      limits: adapter.limits,
      requestDevice: (descriptor: GPUDeviceDescriptor) =>
        [...descriptor.requiredFeatures!].length > 0
          ? Promise.reject(new TypeError("unknown feature"))
          : adapter.requestDevice(descriptor),
    };
  };
  assertDeepEquals(await availabilityWith({ requestAdapter }), {
    name: "webgpu",
    dtypes: ["float32"],
    device: "acme one",
    fast: true,
    reason: 'the device does not compute in float64, use { dtype: "float32" } or { backend: "reference" }',
  });
});

gpuTest("webgpu: a software adapter is available but not chosen by itself", async () => {
  const { software, description } = await acquire();
  const { dtypes, fast, device } = await webgpu.availability();
  assertEquals(dtypes.includes("float32"), true);
  assertDeepEquals([fast, device], [!software, description]);
  if (description.includes("llvmpipe")) assertEquals(software, true);
});
