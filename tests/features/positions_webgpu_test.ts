/** Features of networks with positions on a GPU: those of the reference, in batches of any size and on devices with any limits. */
import { features, random, stax } from "../../mod.ts";
import type { DType, NdArray, Values } from "../../lib/array/mod.ts";
import { acquire, type Limits, Pace } from "../../lib/backends/webgpu/device/device.ts";
import { BackendUnavailableError, DeviceLostError, UnsupportedError } from "../../lib/errors.ts";
import { Runner } from "../../lib/features/spatial/run.ts";
import { featureProgram } from "../../lib/features/spatial/walk.ts";
import { runOnGpu } from "../../lib/features/spatial/webgpu/run.ts";
import type { Progress } from "../../lib/pause.ts";
import { loadKernels } from "../../lib/network/rule.ts";
import { finished } from "../../lib/steps.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { deviation, watchBuffers } from "../backends/gpu_checks.ts";
import { gpuTest } from "../webgpu.ts";
import { convolutional, images, linear, NAMES, same, unbiased } from "./position_networks.ts";

/** Of the largest entry. */
const tolerances: Readonly<Record<DType, number>> = { float32: 1e-5, float64: 1e-12 };

type Of<T> = Readonly<Record<typeof NAMES[number], T>>;

function assertNear(actual: Of<Values>, wanted: Of<Values>, dtype: DType): void {
  for (const name of NAMES) {
    const error = deviation(actual[name], wanted[name]);
    if (Deno.env.has("SHOW_DEVIATIONS")) console.log(`${dtype} ${name}: ${error.toExponential(1)}`);
    assert(error <= tolerances[dtype], `${name}: ${error} must be at most ${tolerances[dtype]}`);
  }
}

const dataOf = ({ nngp, ntk }: Of<NdArray>): Of<Values> => ({ nngp: nngp.data, ntk: ntk.data });

/** Fails unless the features of x are those of the reference. */
async function assertAsReference(
  network: stax.Network,
  sketchDim: number,
  dtype: DType = "float32",
  x = images(),
): Promise<void> {
  const { initFn, featureFn } = features.fromNetwork(network, { sketchDim });
  const inputs = initFn(random.key(3), x.shape);
  const wanted = await featureFn(x, inputs, { backend: "reference", errorRows: 0 });
  const mapped = await featureFn(x, inputs, { backend: "webgpu", dtype, errorRows: 0 });
  assertEquals(mapped.ntk.dtype, dtype);
  assertNear(dataOf(mapped), dataOf(wanted), dtype);
}

for (const [name, network] of Object.entries({ ...unbiased, ...linear })) {
  if (name === "an ordinary function") continue;
  gpuTest(`webgpu maps images of ${name} as reference does`, () => assertAsReference(network, 200));
}

for (const name of ["Gelu", "ExpNormalized", "Relu in a residual block", "products of branches"]) {
  gpuTest(
    `webgpu maps images of ${name} in float64 as reference does`,
    () => assertAsReference(unbiased[name], 200, "float64"),
    "float64",
  );
}

for (const sketchDim of [1, 97, 4096]) {
  gpuTest(`webgpu makes ${sketchDim} features of images`, async () => {
    const x = random.normal(random.key(1), [2, 3, 2, 3]);
    const network = stax.serial(stax.Conv(1, [2, 2], same), stax.Relu(), stax.Flatten(), stax.Dense(1));
    await assertAsReference(network, sketchDim, "float32", x);
  });
}

gpuTest("webgpu sums over many positions without drift", async () => {
  // Every term is rounded the same way.
  const x = Array.from({ length: 2 }, (_, i) => Array.from({ length: 3000 }, () => [0.7 + i]));
  const network = stax.serial(stax.Conv(1, [1]), stax.GlobalAvgPool());
  const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: 8 });
  const { nngp } = await featureFn(x, initFn(random.key(0), [2, 3000, 1]), {
    backend: "webgpu",
    dtype: "float32",
    errorRows: 0,
  });
  for (const [i, value] of [0.7, 1.7].entries()) {
    const size = Math.hypot(...Array.from({ length: nngp.shape[1] }, (_, c) => nngp.at(i, c)));
    assertClose(size, value, { rtol: 2e-6 });
  }
});

/** The program of a network for its images, with so many columns in between. */
async function programOf(network: stax.Network, columns: number) {
  await loadKernels(network);
  const options = { key: random.key(5), columns, outColumns: 50 };
  return featureProgram(network, { positions: [4, 4], width: 2 }, options);
}

const limited: Record<string, Partial<Limits> & { readonly columns?: number; readonly pace?: number }> = {
  "buffers for two images": { bufferBytes: 400_000 },
  "few workgroups a dispatch": { workgroups: 5 },
  "parts of a row of workgroups": { pace: 1 },
  "workgroups that share 1 KiB": { workgroupBytes: 1024 },
  "rows of 32 segments": { workgroupBytes: 512, columns: 4096 },
};

for (const [name, { columns = 512, pace = 2 ** 25, ...limits }] of Object.entries(limited)) {
  gpuTest(`webgpu maps images with ${name}`, async () => {
    const program = await programOf(unbiased["Relu in a residual block"], columns);
    const x = random.normal(random.key(2), [7, 4, 4, 2]);
    const gpu = await acquire();
    const small = { ...gpu, pace: new Pace(pace), limits: { ...gpu.limits, ...limits } };
    const { leaked } = await watchBuffers(async () => {
      const mapped = await runOnGpu(small, { program, x, dtype: "float32" });
      const runner = new Runner(program);
      const wanted: Of<number[]> = { nngp: [], ntk: [] };
      for (let i = 0; i < 7; i++) {
        const found = finished(runner.features(Float64Array.from(x.data.subarray(32 * i, 32 * i + 32))));
        for (const name of NAMES) wanted[name].push(...found[name]);
      }
      const [nngp, ntk] = NAMES.map((name) => Float64Array.from(wanted[name]));
      assertNear(mapped, { nngp, ntk }, "float32");
    });
    assertEquals(leaked, 0);
  });
}

gpuTest("webgpu tells how far it is, batch by batch, and stops between batches when aborted", async () => {
  const program = await programOf(convolutional(stax.Relu()), 256);
  const x = random.normal(random.key(2), [12, 4, 4, 2]);
  const gpu = await acquire();
  const run = (watch: { onProgress: (progress: Progress) => void; signal?: AbortSignal }) =>
    runOnGpu({ ...gpu, pace: new Pace(2 ** 17) }, { program, x, dtype: "float32", ...watch });
  const seen: number[] = [];
  await run({ onProgress: ({ done }) => seen.push(done) });
  assertEquals(seen.at(-1), 12);
  assert(seen.some((done) => done > 0 && done < 12));
  assert(seen.every((done, i) => i === 0 || done >= seen[i - 1]));
  const controller = new AbortController();
  let calls = 0;
  const onProgress = () => {
    calls++;
    controller.abort(new Error("enough"));
  };
  const { leaked } = await watchBuffers(() =>
    assertThrows(() => run({ onProgress, signal: controller.signal }), Error, "enough")
  );
  assertDeepEquals([calls, leaked], [1, 0]);
});

const call = (network: stax.Network, dtype: DType = "float32") => {
  const { initFn, featureFn } = features.fromNetwork(network, { sketchDim: 16 });
  const x = images();
  return featureFn(x, initFn(random.key(0), x.shape), { backend: "webgpu", dtype, errorRows: 0 });
};

gpuTest("webgpu refuses what it has no shaders for, and what float32 cannot hold", async () => {
  await assertThrows(
    () => call(unbiased["an ordinary function"]),
    UnsupportedError,
    "Cannot map features on webgpu as all nonlinearities must be expressions: current value is a function of the host, " +
      'use { backend: "reference" }',
  );
  const { initFn, featureFn } = features.fromNetwork(linear["a circular convolution"]);
  await assertThrows(
    () =>
      featureFn([[[[1e39]]]], initFn(random.key(0), [1, 1, 1, 1]), { backend: "webgpu", dtype: "float32" }),
    RangeError,
    "Cannot compute in float32 on webgpu as every value must be below 3.4e38: current value is Infinity, " +
      'lower wStd or use { dtype: "float64" }',
  );
});

/** Calls `work` where this is what a runtime has for GPUs, and no device is open. */
async function withGpu(gpu: unknown, work: () => Promise<void>): Promise<void> {
  const { device } = await acquire();
  device.destroy();
  await device.lost;
  Object.defineProperty(navigator, "gpu", { configurable: true, value: gpu });
  try {
    await work();
  } finally {
    Reflect.deleteProperty(navigator, "gpu");
    await acquire().then(({ device }) => device.destroy(), () => {});
  }
}

gpuTest("webgpu says why features cannot be computed there", async () => {
  const { gpu } = navigator;
  await withGpu(undefined, async () => {
    await assertThrows(
      () => call(convolutional(stax.Relu())),
      BackendUnavailableError,
      "Cannot map features on webgpu as this runtime has no navigator.gpu, run in Deno or a browser with WebGPU or " +
        'use { backend: "reference" }',
    );
  });
  const requestAdapter = async () => {
    const adapter = (await gpu.requestAdapter())!;
    const requestDevice = (descriptor: GPUDeviceDescriptor) =>
      [...descriptor.requiredFeatures!].length > 0
        ? Promise.reject(new TypeError("unknown feature"))
        : adapter.requestDevice(descriptor);
    return { info: adapter.info, limits: adapter.limits, requestDevice };
  };
  await withGpu({ requestAdapter }, async () => {
    await assertThrows(
      () => call(convolutional(stax.Relu()), "float64"),
      BackendUnavailableError,
      'Cannot map features on webgpu as the device does not compute in float64, use { dtype: "float32" } or ' +
        '{ backend: "reference" }',
    );
  });
});

gpuTest("webgpu maps images again after the device was lost", async () => {
  const { device } = await acquire();
  const program = await programOf(convolutional(stax.Relu()), 256);
  const lost = { program, x: images(), dtype: "float32", onProgress: () => device.destroy() } as const;
  const gpu = await acquire();
  await assertThrows(() => runOnGpu({ ...gpu, pace: new Pace(1) }, lost), DeviceLostError);
  await assertAsReference(convolutional(stax.Relu()), 40);
});
