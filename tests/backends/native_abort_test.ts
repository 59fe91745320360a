/** An abort is heard at once while a compiler runs, and ends it with all that it has started, unless somebody else waits for it. */
import { nativeBackend } from "../../lib/backends/native/backend.ts";
import { Pool, processors } from "../../lib/ffi/pool.ts";
import { Shared } from "../../lib/shared.ts";
import { findCompiler } from "../../lib/ffi/compiler.ts";
import { stax } from "../../mod.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import { toolchainIn } from "./native_number.ts";
import { directoryTest } from "./native_objects.ts";

/** An abort may take a tenth of a second; here several times that, since the machine has other things to do. */
const SOON = 500;
/** Far more than what it takes to start a compiler. */
const STARTED = 10_000;

/** A compiler that never ends, or only with the map of a network, and leaves a file where it was called. */
async function hungCompiler(directory: string, hangs: string): Promise<string[]> {
  const path = `${directory}/compiler`;
  // The child has the ends of all pipes too.
  const hang = `echo $$ > ${directory}/started; sleep 1000 & echo $! > ${directory}/child; wait`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${hangs.replace("HANG", hang)}\nexec cc "$@"\n`, {
    mode: 0o755,
  });
  return [path];
}
const always = "HANG";
const compiling = 'case "$*" in *-shared*) HANG;; esac';

async function startedIn(directory: string): Promise<number> {
  const end = performance.now() + STARTED;
  while (performance.now() < end) {
    try {
      const text = await Deno.readTextFile(`${directory}/child`);
      if (text) return Number(text);
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("the compiler did not start");
}

/** Waits until something holds, and fails if that takes long. */
async function assertSoon(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + SOON;
  while (!await holds()) {
    assert(performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether a process runs, seen by its state: one that has ended may wait to be noticed. */
async function runs(process: number): Promise<boolean> {
  try {
    return !/^State:\s+[ZX]/m.test(await Deno.readTextFile(`/proc/${process}/status`));
  } catch {
    return false;
  }
}

/** Aborts `call` once the compiler runs; checks that it then ends soon, with the reason, and so does the compiler. */
async function assertStops(
  directory: string,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const result = call(controller.signal).then(() => "no error", (error) => error);
  const child = await startedIn(directory);
  const start = performance.now();
  controller.abort("enough");
  assertEquals(await result, "enough");
  assert(performance.now() - start < SOON, `${performance.now() - start} ms`);
  if (Deno.build.os === "linux") await assertSoon(async () => !await runs(child));
}

const job = () => gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(20, 7, "float64", 1), null, 7, "float64");

for (const [name, hangs] of Object.entries({ "does not answer": always, "does not compile": compiling })) {
  directoryTest(
    `an abort ends a computation whose compiler ${name}, and the next one starts anew`,
    async (directory) => {
      const { cache } = await toolchainIn(directory);
      const command = await hungCompiler(directory, hangs);
      const toolchain = new Shared(async (signal) => ({
        compiler: await findCompiler([command], cache, signal),
        cache,
      }));
      const backend = nativeBackend(new Pool(2), toolchain);
      await assertStops(directory, (signal) => backend.availability(signal));
      await Deno.remove(`${directory}/child`);
      await assertStops(directory, (signal) => backend.run({ ...job(), signal }));
      await Deno.writeTextFile(command[0], '#!/bin/sh\nexec cc "$@"\n');
      assertEquals((await backend.availability()).reason, "");
      assertEquals((await backend.run(job())).matrices.nngp.length, 400);
      const names = await Array.fromAsync(Deno.readDir(cache.path), ({ name }) => name);
      assertDeepEquals(names.filter((name) => name.length > 64), []);
    },
  );
}

directoryTest("an abort while compilers wait for each other is heard too", async (directory) => {
  const { compiler, cache } = await toolchainIn(directory);
  const backend = nativeBackend(new Pool(2), new Shared(() => Promise.resolve({ compiler, cache })));
  const { promise, resolve } = Promise.withResolvers<void>();
  const busy = Array.from({ length: processors.threads }, () => processors.run(() => promise));
  const controller = new AbortController();
  const result = backend.run({ ...job(), signal: controller.signal }).then(
    () => "no error",
    (error) => error,
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort("enough");
  assertEquals(
    await Promise.race([result, new Promise((resolve) => setTimeout(() => resolve("late"), SOON))]),
    "enough",
  );
  resolve();
  await Promise.all(busy);
  assertEquals((await backend.run(job())).matrices.nngp.length, 400);
});

directoryTest("an abort of one of two who wait does not disturb the other", async (directory) => {
  const { compiler, cache } = await toolchainIn(directory);
  const slow = `${directory}/slow`;
  await Deno.writeTextFile(slow, '#!/bin/sh\nsleep 0.5\nexec cc "$@"\n', { mode: 0o755 });
  const toolchain = { compiler: { ...compiler, command: [slow] }, cache };
  const backend = nativeBackend(new Pool(2), new Shared(() => Promise.resolve(toolchain)));
  const shared = job();
  const controller = new AbortController();
  const first = backend.run({ ...shared, signal: controller.signal }).then(
    () => "no error",
    (error) => error,
  );
  const second = backend.run({ ...shared, signal: new AbortController().signal });
  await new Promise((resolve) => setTimeout(resolve, 200));
  controller.abort("enough");
  assertEquals(await first, "enough");
  assertEquals((await second).matrices.nngp.length, 400);
});

Deno.test("what is made once is made again after a failure, and not after a success", async () => {
  let attempts = 0;
  const shared = new Shared(() =>
    ++attempts < 3 ? Promise.reject(new RangeError("no")) : Promise.resolve(attempts)
  );
  await assertThrows(() => Promise.all([shared.get(), shared.get()]), RangeError, "no");
  assertEquals(attempts, 1);
  await assertThrows(() => shared.get(), RangeError, "no");
  assertEquals(await shared.get(), 3);
  assertEquals(await shared.get(), 3);
  const aborted = AbortSignal.abort("enough");
  assertEquals(await shared.get(aborted).catch((error) => error), "enough");
  assertEquals(await shared.get(), 3);
});

Deno.test("a network of images is given up at an abort before anything is compiled", async () => {
  const network = stax.serial(stax.Conv(1, [3, 3]), stax.Relu(), stax.Flatten());
  const x = [[[[1], [2]], [[3], [4]]]];
  const signal = AbortSignal.abort("enough");
  for (const backend of ["auto", "native", "reference"]) {
    assertEquals(
      await network.kernelFn(x, null, "ntk", { backend, signal }).catch((error) => error),
      "enough",
    );
  }
});
