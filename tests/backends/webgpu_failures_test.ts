/** What can go wrong on a GPU ends in an error that says what to do, leaves no buffer behind, and spoils no later call. */
import { assertDeepEquals, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { gpuTest } from "../webgpu.ts";
import { assertAsReference, runWithLimits, watchBuffers } from "./gpu_checks.ts";
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import type { Availability } from "../../lib/backends/backend.ts";
import { acquire } from "../../lib/backends/webgpu/device.ts";
import { webgpu } from "../../lib/backends/webgpu/mod.ts";
import { pipelineOf } from "../../lib/backends/webgpu/pipeline.ts";
import { DeviceLostError } from "../../lib/errors.ts";
import { variable } from "../../lib/expr/expr.ts";
import { compile } from "../../lib/program.ts";

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
    /^Cannot compute a kernel on webgpu as the device must stay available: current value is lost \(.+\), call again to open it anew or use \{ backend: "reference" \}$/,
  );
}

gpuTest("webgpu: out of memory", async () => {
  const { popErrorScope } = GPUDevice.prototype;
  GPUDevice.prototype.popErrorScope = async function () {
    await popErrorScope.call(this);
    GPUDevice.prototype.popErrorScope = popErrorScope;
    return new GPUOutOfMemoryError("Not enough memory left");
  };
  const failure = await failureOf(() => webgpu.run(job));
  assertEquals(failure instanceof RangeError, true);
  assertEquals(
    failure.message,
    "Cannot compute a kernel on webgpu as its buffers must fit in the memory of the device: " +
      'current value is Not enough memory left, compute fewer rows at once or use { backend: "reference" }',
  );
  await assertAsReference(job, 1e-6);
});

gpuTest("webgpu: a command that the device refuses", async () => {
  const n = 4200;
  const big = gramJob(job.program, new Float32Array(n), null, 1, "float32");
  const failure = await failureOf(() => runWithLimits(big, { bindingBytes: 2 ** 40, operations: Infinity }));
  assertMatch(
    failure.message,
    /^Cannot compute a kernel on webgpu as its commands must be valid: current value is /,
  );
});

gpuTest("webgpu: a shader that does not compile", async () => {
  const { device } = await acquire();
  const failure = await failureOf(() => pipelineOf(device, "fn main( {"));
  assertMatch(
    failure.message,
    /^Cannot compile a kernel for webgpu as its WGSL must be valid: current value is /,
  );
  assertMatch(failure.message, /expected identifier/);
});

gpuTest("webgpu: what float32 cannot hold", async () => {
  const program = compile({ nngp: variable("cov").mul(variable("var", "row1").square()) }, {}, []);
  const x = Float32Array.of(1e15, 1);
  await assertThrows(
    () => webgpu.run(gramJob(program, x, null, 1, "float32")),
    RangeError,
    "Cannot compute a float32 kernel on webgpu as every value must be below 3.4e38: current value is Infinity, " +
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
    const copy = new URL(`../../lib/backends/webgpu/device.ts?${crypto.randomUUID()}`, import.meta.url);
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
