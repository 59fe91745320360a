/** While code for a backend is being made, `auto` computes on the other one as well, and what is there first counts. */
import type { Availability, Backend } from "../../lib/backends/backend.ts";
import type { Job } from "../../lib/program/job.ts";
import { vectorProgram } from "../../lib/program/program.ts";
import type { Progress } from "../../lib/pause.ts";
import { withFallback } from "../../lib/backends/fallback.ts";
import { BackendUnavailableError } from "../../lib/errors.ts";
import { assert, assertDeepEquals, assertEquals } from "../assert.ts";
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import { warningsOf } from "../warnings.ts";

const none: Availability = { name: "", dtypes: [], device: "", fast: false, reason: "" };
/** Far more than what code is waited for. */
const LONG = 3000;

const wait = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

/** A backend that gives `value` after a time, and what was called. */
function backendOf(name: string, value: number, milliseconds: number, prepare?: Backend["prepare"]) {
  const calls: string[] = [];
  const backend: Backend = {
    name,
    availability: () => Promise.resolve({ ...none, name }),
    precisionOf: (dtype) => dtype,
    prepare,
    run: async (job) => {
      calls.push("run");
      try {
        job.onProgress?.({ done: value, total: 100 });
        await wait(milliseconds, job.signal);
      } catch (error) {
        calls.push("aborted");
        throw error;
      }
      return { matrices: { nngp: Float64Array.of(value) }, own: new Float64Array(0) };
    },
  };
  return { backend, calls };
}

const job = (): Job => gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(3, 2, "float64", 1), null, 2, "float64");

Deno.test("code that is soon there is waited for", async () => {
  const native = backendOf("a", 70, 0, () => wait(20));
  const other = backendOf("b", 30, 0);
  const { matrices: { nngp } } = await withFallback(native.backend, other.backend).run(job());
  assertEquals(nngp[0], 70);
  assertDeepEquals(other.calls, []);
});

Deno.test("code that takes longer is left for the next call", async () => {
  let isMade = false;
  const native = backendOf("a", 70, 0, async (_program, _dtype, signal) => {
    if (!isMade) await wait(LONG, signal);
    isMade = true;
  });
  const other = backendOf("b", 30, 0);
  const controller = new AbortController();
  const start = performance.now();
  const { matrices: { nngp } } = await withFallback(native.backend, other.backend).run({
    ...job(),
    signal: controller.signal,
  });
  assert(performance.now() - start < LONG);
  assertEquals(nngp[0], 30);
  assertDeepEquals(native.calls, []);
  isMade = true;
  assertEquals((await withFallback(native.backend, other.backend).run(job())).matrices.nngp[0], 70);
  controller.abort("enough");
});

Deno.test("code that is there before the other result is used, and the other one stops; progress does not fall", async () => {
  const native = backendOf("a", 20, 0, () => wait(700));
  const other = backendOf("b", 30, LONG);
  const reports: Progress[] = [];
  const { matrices: { nngp } } = await withFallback(native.backend, other.backend).run({
    ...job(),
    onProgress: (progress) => reports.push(progress),
  });
  assertEquals(nngp[0], 20);
  await wait(0);
  assertDeepEquals(other.calls, ["run", "aborted"]);
  assertDeepEquals(reports, [{ done: 30, total: 100 }]);
});

Deno.test("code that fails while the other one computes is given up, and nothing is computed twice", async () => {
  const native = backendOf("a", 70, 0, async () => {
    await wait(600);
    throw new BackendUnavailableError("Cannot compute as it must be tested: current value is a test");
  });
  const other = backendOf("b", 30, 900);
  const warnings = await warningsOf(async () => {
    const { matrices: { nngp } } = await withFallback(native.backend, other.backend).run(job());
    assertEquals(nngp[0], 30);
  });
  assertDeepEquals(other.calls, ["run"]);
  assertDeepEquals(native.calls, []);
  assertEquals(warnings.length, 1);
  assert(warnings[0].startsWith("Cannot compute as it must be tested"), warnings[0]);
});

Deno.test("an abort ends both", async () => {
  for (const milliseconds of [50, 700]) {
    const native = backendOf("a", 70, 0, (_program, _dtype, signal) => wait(LONG, signal));
    const other = backendOf("b", 30, LONG);
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), milliseconds);
    const start = performance.now();
    const error = await withFallback(native.backend, other.backend)
      .run({ ...job(), signal: controller.signal }).catch((error) => error);
    assertEquals(error, "enough");
    assert(performance.now() - start < LONG);
    await wait(0);
    assertDeepEquals(other.calls, milliseconds < 500 ? [] : ["run", "aborted"]);
  }
});

Deno.test("memory for two results is not taken where they are large", async () => {
  const native = backendOf("a", 70, 0, () => wait(700));
  const other = backendOf("b", 30, 0);
  const large = { ...job(), n1: 2 ** 13, n2: 2 ** 13 };
  assertEquals((await withFallback(native.backend, other.backend).run(large)).matrices.nngp[0], 70);
  assertDeepEquals(other.calls, []);
});

/** A job whose backends may ask for the map of near pairs. */
function nearJob(): Job {
  const map = deep(abRelu(0, 1), 1, 1, 0);
  const plain = gramJob(map, gaussian(3, 2, "float64", 1), null, 2, "float64");
  return { ...plain, program: vectorProgram(map, { near: () => Promise.resolve(map) }) };
}

/** The backend, which asks for that map first. */
const asking = (backend: Backend): Backend => ({
  ...backend,
  run: async (job) => {
    await job.program.vectors!.near!();
    return await backend.run(job);
  },
});

Deno.test("code for near pairs that is soon there is waited for", async () => {
  const native = backendOf("a", 70, 20, () => Promise.resolve());
  const other = backendOf("b", 30, 0);
  const { matrices: { nngp } } = await withFallback(asking(native.backend), other.backend).run(nearJob());
  assertEquals(nngp[0], 70);
  assertDeepEquals(other.calls, []);
});

Deno.test("code for near pairs that takes longer is left for the next call", async () => {
  const native = backendOf("a", 70, LONG, () => Promise.resolve());
  const other = backendOf("b", 30, 0);
  const controller = new AbortController();
  const start = performance.now();
  const { matrices: { nngp } } = await withFallback(asking(native.backend), other.backend).run({
    ...nearJob(),
    signal: controller.signal,
  });
  assert(performance.now() - start < LONG);
  assertEquals(nngp[0], 30);
  assertDeepEquals(native.calls, ["run"]);
  controller.abort("enough");
});

Deno.test("code for near pairs that is there before the other result is used, and the other one stops", async () => {
  const native = backendOf("a", 70, 700, () => Promise.resolve());
  const other = backendOf("b", 30, LONG);
  const { matrices: { nngp } } = await withFallback(asking(native.backend), other.backend).run(nearJob());
  assertEquals(nngp[0], 70);
  await wait(0);
  assertDeepEquals(other.calls, ["run", "aborted"]);
});

Deno.test("a backend without code to wait for is left to itself, however long it takes", async () => {
  const native = backendOf("a", 70, 700);
  const other = backendOf("b", 30, 0);
  const { matrices: { nngp } } = await withFallback(asking(native.backend), other.backend).run(nearJob());
  assertEquals(nngp[0], 70);
  assertDeepEquals(other.calls, []);
});
