/** What the tests of the WebGPU backend measure: deviations from the reference (SHOW_DEVIATIONS=1 prints them), use of buffers. */
import { assert, assertDeepEquals, assertEquals } from "../assert.ts";
import type { Job } from "../../lib/program/job.ts";
import type { Values } from "../../lib/array/dtype.ts";
import { reference } from "../../lib/backends/reference/backend.ts";
import { acquire, type Limits, Pace } from "../../lib/backends/webgpu/device/device.ts";
import { webgpu } from "../../lib/backends/webgpu/mod.ts";
import { runVectors } from "../../lib/backends/webgpu/run/vectors.ts";
import { withRows } from "../../lib/rows/vector_job.ts";

/** Fails unless the job's outputs differ from the reference in float64 by at most `bound` of the largest entry of each. */
export async function assertAsReference(job: Job, bound: number, message = ""): Promise<void> {
  const { matrices: actual } = await webgpu.run(job);
  const { matrices: expected } = await reference.run({ ...job, dtype: "float64" });
  assertDeepEquals(Object.keys(actual), Object.keys(expected));
  for (const name of Object.keys(expected)) {
    const error = deviation(actual[name], expected[name]);
    if (Deno.env.has("SHOW_DEVIATIONS")) console.log(`${message} ${name}: ${error.toExponential(1)}`);
    assert(error <= bound, `${message} ${name}: ${error} must be at most ${bound}`);
  }
}

/** The largest difference over the largest entry that was expected. */
export function deviation(actual: Values, expected: Values): number {
  assertEquals(actual.length, expected.length);
  let [error, scale] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return error / scale;
}

/** The job's outputs on a device with other limits, one block a submission. */
export async function runWithLimits(
  job: Job,
  limits: Partial<Limits>,
): Promise<Record<string, Values>> {
  const gpu = await acquire();
  const limited = { ...gpu, pace: new Pace(1), limits: { ...gpu.limits, ...limits } };
  return (await withRows(job, (pairs) => runVectors(limited, pairs))).matrices;
}

/** What happened to buffers. */
export interface BufferUse {
  /** Bytes of each buffer that was made */
  readonly sizes: number[];
  readonly readbacks: number;
  /** Buffers that were not destroyed */
  readonly leaked: number;
}

/** What happens to buffers while `work` runs. */
export async function watchBuffers(work: () => Promise<unknown>): Promise<BufferUse> {
  const { createBuffer } = GPUDevice.prototype;
  const { destroy, mapAsync } = GPUBuffer.prototype;
  const alive = new Set<GPUBuffer>();
  const sizes: number[] = [];
  let readbacks = 0;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    alive.add(buffer);
    sizes.push(descriptor.size);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    alive.delete(this);
    return destroy.call(this);
  };
  GPUBuffer.prototype.mapAsync = function (...args) {
    readbacks++;
    return mapAsync.apply(this, args);
  };
  try {
    await work();
  } finally {
    GPUDevice.prototype.createBuffer = createBuffer;
    Object.assign(GPUBuffer.prototype, { destroy, mapAsync });
  }
  return { sizes, readbacks, leaked: alive.size };
}
