/** Waiting for a device and running out of its memory, with devices that are none: these tests need no adapter. */
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import type { Job } from "../../lib/program/job.ts";
import type { Progress } from "../../lib/pause.ts";
import { native } from "../../lib/backends/native/mod.ts";
import { type Gpu, Pace } from "../../lib/backends/webgpu/device/device.ts";
import {
  DoesNotFitError,
  guarded,
  OutOfMemoryError,
  unlessLost,
} from "../../lib/backends/webgpu/device/errors.ts";
import { withinMemory } from "../../lib/backends/webgpu/device/memory.ts";
import { DeviceLostError } from "../../lib/errors.ts";

const job = gramJob(deep(abRelu(0, 1), 1, 1.4, 0.1), gaussian(4, 2, "float64", 1), null, 2, "float64");
const never = new Promise<never>(() => {});
const LOST =
  "Cannot compute on webgpu as the device must stay available: current value is lost (driver reset), " +
  'call again to open it anew or use { backend: "reference" }';

/** A device that `lose` loses, whose error scopes report `errors`, the innermost first. */
function fakeDevice(errors: (GPUError | null)[] = []) {
  const { promise: lost, resolve } = Promise.withResolvers<GPUDeviceLostInfo>();
  const device = { lost, pushErrorScope() {}, popErrorScope: () => Promise.resolve(errors.shift() ?? null) };
  const lose = () => resolve({ message: "driver reset", reason: "destroyed" });
  return { device: device as unknown as GPUDevice, lose };
}

function fakeGpu(device = fakeDevice().device): Gpu {
  const limits = {
    bindingBytes: 2 ** 30,
    bufferBytes: 2 ** 31,
    workgroups: 9,
    operations: 9,
    workgroupBytes: 9,
  };
  return { device, description: "fake", software: true, float64: true, limits, pace: new Pace(1) };
}

Deno.test("a loss ends every wait at once, and later ones too", async () => {
  const { device, lose } = fakeDevice();
  const waits = [1, 2, 3].map(() => unlessLost(device, never).catch((error) => error));
  assertEquals(await unlessLost(device, Promise.resolve(7)), 7);
  lose();
  for (
    const error of [
      ...await Promise.all(waits),
      await unlessLost(device, never).catch((error) => error),
    ]
  ) {
    assert(error instanceof DeviceLostError);
    assertEquals(error.message, LOST);
  }
});

Deno.test("a wait that fails by itself keeps its error, and no rejection is left behind by a loss", async () => {
  const { device, lose } = fakeDevice();
  await assertThrows(() => unlessLost(device, Promise.reject(new RangeError("own"))), RangeError, "own");
  const { promise, reject } = Promise.withResolvers<number>();
  const wait = unlessLost(device, promise);
  lose();
  await assertThrows(() => wait, DeviceLostError, LOST);
  reject(new Error("late"));
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("an error after the loss is the loss", async () => {
  const { device, lose } = fakeDevice();
  const attempt = () => {
    lose();
    return Promise.reject(new Error("commands on a lost device"));
  };
  await assertThrows(() => withinMemory(fakeGpu(device), job, attempt), DeviceLostError, LOST);
});

Deno.test("lack of memory goes before what is invalid because of it", async () => {
  if (typeof GPUOutOfMemoryError === "undefined") return;
  const errors = [null, new GPUOutOfMemoryError("not enough"), new GPUValidationError("no buffer")];
  await assertThrows(() => guarded(fakeDevice(errors).device, () => 1), OutOfMemoryError, "not enough");
});

/** The largest buffers of all tries, until one of at most `most` bytes is enough. */
async function triesOf(most: number, job_: Job = job): Promise<number[]> {
  const tries: number[] = [];
  await withinMemory(fakeGpu(), job_, ({ limits: { bindingBytes, bufferBytes } }) => {
    tries.push(bufferBytes);
    assertEquals(bindingBytes, Math.min(bufferBytes, 2 ** 30));
    return bufferBytes > most ? Promise.reject(new OutOfMemoryError("not enough")) : Promise.resolve();
  });
  return tries;
}

Deno.test("buffers become smaller until there is memory for them", async () => {
  assertDeepEquals(await triesOf(Infinity), [2 ** 31]);
  assertDeepEquals(await triesOf(2 ** 30), [2 ** 31, 2 ** 27]);
  assertDeepEquals(await triesOf(37e6), [2 ** 31, 2 ** 27, 2 ** 25]);
  assertDeepEquals(await triesOf(2 ** 20), [2 ** 31, 2 ** 27, 2 ** 25, 2 ** 23, 2 ** 21, 2 ** 20]);
});

/** The message where no try succeeds. */
async function refusal(): Promise<string> {
  const { dtypes } = await native.availability();
  return "Cannot compute on webgpu as its buffers must fit in the memory of the device: current value is not enough, " +
    `compute fewer rows at once or use { backend: "${dtypes.includes("float64") ? "native" : "reference"}" }`;
}

Deno.test("too little memory in the end names the backend that would do", async () => {
  await assertThrows(() => triesOf(0), RangeError, await refusal());
  let tries = 0;
  const attempt = () =>
    Promise.reject(
      tries++ ? new DoesNotFitError("a row", 2 ** 28, 2 ** 27) : new OutOfMemoryError("not enough"),
    );
  await assertThrows(() => withinMemory(fakeGpu(), job, attempt), RangeError, await refusal());
  assertEquals(tries, 2);
});

Deno.test("what does not fit at all, and other errors, are not tried again", async () => {
  for (const error of [new DoesNotFitError("a row", 2 ** 32, 2 ** 30), new RangeError("out of range")]) {
    let tries = 0;
    const attempt = () => Promise.reject((tries++, error));
    await assertThrows(() => withinMemory(fakeGpu(), job, attempt), RangeError, error.message);
    assertEquals(tries, 1);
  }
});

Deno.test("progress does not fall when the work begins anew, and a cancelled job does not begin anew", async () => {
  const seen: number[] = [];
  const onProgress = ({ done }: Progress) => seen.push(done);
  let tries = 0;
  await withinMemory(fakeGpu(), { ...job, onProgress }, (_, { onProgress }) => {
    for (let done = 1; done <= (tries ? 10 : 4); done++) onProgress!({ done, total: 10 });
    return tries++ ? Promise.resolve() : Promise.reject(new OutOfMemoryError("not enough"));
  });
  assertDeepEquals(seen, [1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10]);
  const controller = new AbortController();
  const attempt = () => {
    controller.abort(new Error("not wanted any more"));
    return Promise.reject(new OutOfMemoryError("not enough"));
  };
  await assertThrows(
    () => withinMemory(fakeGpu(), { ...job, signal: controller.signal }, attempt),
    Error,
    "not wanted any more",
  );
});
