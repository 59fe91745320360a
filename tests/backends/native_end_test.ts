/** Whatever ends the JavaScript that computes, the process and its other threads live on. */
import { runChild } from "../../lib/ffi/child.ts";
import { loadObject } from "../../lib/ffi/objects.ts";
import { findToolchain } from "../../lib/ffi/compiler.ts";
import { guardedText, routines } from "../../lib/linalg/blas/library.ts";
import { assert, assertDeepEquals, assertMatch } from "../assert.ts";
import { blasTest } from "../blas.ts";
import { nativeTest, obstacle } from "../native.ts";

const worker = (kind: string) => new URL(`./ending_worker.ts#${kind}`, import.meta.url).href;

/** Runs a program in a process of its own: a crash must not end the tests. */
async function run(program: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `data:application/typescript,${encodeURIComponent(program)}`],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Ends workers at random times while they compute. */
/** Registers a test that needs BLAS, and a compiler for what watches over its calls. */
const compiledBlasTest = obstacle === null ? blasTest : nativeTest;

const terminations = (kind: string, count: number) => `
  for (let k = 0; k < ${count}; k++) {
    const worker = new Worker(${JSON.stringify(worker(kind))}, { type: "module" });
    await new Promise((resolve, reject) => Object.assign(worker, { onmessage: resolve, onerror: reject }));
    await new Promise((resolve) => setTimeout(resolve, 100 * Math.random()));
    worker.terminate();
  }
  console.log("alive");`;

for (const [kind, count] of [["vectors", 20], ["images", 20], ["blas", 10]] as const) {
  const test = kind === "blas" ? compiledBlasTest : nativeTest;
  test(`workers that are terminated while they compute: ${kind}`, async () => {
    const { code, stdout, stderr } = await run(terminations(kind, count));
    assertDeepEquals({ code, stdout, stderr }, { code: 0, stdout: "alive\n", stderr: "" });
  });

  test(`an uncaught error while threads compute ends with that error: ${kind}`, async () => {
    const { code, stderr } = await run(`
      setTimeout(() => { throw new Error("deliberate"); }, 1500 + 100 * Math.random());
      import(${JSON.stringify(worker(kind))});`);
    assertDeepEquals(code, 1);
    assertMatch(stderr, /deliberate/);
    assert(!/panick|Segmentation/.test(stderr), stderr);
  });
}

const { parameters } = routines.cblas_dgemm;
const dgemm = { parameters: ["buffer", "pointer", ...parameters], result: "void" } as const;
/** Its first argument is the order, which counts for these tests; the library is not called. */
const rest = [
  0,
  0,
  1,
  1,
  1,
  1,
  new Float64Array(1),
  1,
  new Float64Array(1),
  1,
  0,
  new Float64Array(1),
  1,
] as const;

nativeTest(
  "BLAS begins nothing once the end of JavaScript is waited for, which hears of all calls",
  async () => {
    const { symbols } = await loadObject(await findToolchain(), guardedText, { cblas_dgemm_: dgemm });
    let begun = 0;
    const call = new Deno.UnsafeCallback({ parameters: [], result: "void" }, () => void begun++);
    for (const [stopping, expected] of [[0n, 1], [1n, 1]] as const) {
      const guard = BigInt64Array.of(stopping, 1n);
      symbols.cblas_dgemm_(guard, call.pointer, 0, ...rest);
      assertDeepEquals([begun, guard[1]], [expected, 0n]);
    }
    call.close();
  },
);

nativeTest("a process that is started waits for BLAS, whose threads end before", async () => {
  const toolchain = await findToolchain();
  const { symbols } = await loadObject(toolchain, guardedText, {
    cblas_dgemm_: { ...dgemm, nonblocking: true },
    watch_forks: { parameters: ["pointer"], result: "void" },
  });
  const text = "extern int usleep(unsigned); void sleeping(int time) { usleep(time); }";
  const { symbols: { sleeping } } = await loadObject(toolchain, text, { sleeping: { type: "pointer" } });
  symbols.watch_forks(sleeping);
  const guard = BigInt64Array.of(0n, 1n);
  const done = symbols.cblas_dgemm_(guard, sleeping, 500_000, ...rest);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertDeepEquals(guard[1], 1n);
  // In a group of its own, as compilers: that takes a fork.
  await runChild("true", [], { milliseconds: 60_000 });
  assertDeepEquals(guard[1], 0n);
  await done;
});

const exiting = `
  import { guardedText } from "${new URL("../../lib/linalg/blas/library.ts", import.meta.url)}";
  import { loadObject } from "${new URL("../../lib/ffi/objects.ts", import.meta.url)}";
  import { findToolchain } from "${new URL("../../lib/ffi/compiler.ts", import.meta.url)}";
  // Loaded first, as BLAS.
  const library = \`
    extern int printf(const char *, ...), usleep(unsigned);
    static int has_ended;
    void call(int time) { usleep(time); has_ended = 1; }
    __attribute__((destructor)) static void end(void) { printf("has ended: %d", has_ended); }\`;
  const toolchain = await findToolchain();
  const { symbols: { call } } = await loadObject(toolchain, library, { call: { type: "pointer" } });
  const { symbols: { cblas_dgemm_ } } = await loadObject(toolchain, guardedText, {
    cblas_dgemm_: { parameters: ${JSON.stringify(dgemm.parameters)}, result: "void", nonblocking: true },
  });
  const [guard, one] = [BigInt64Array.of(0n, 1n), new Float64Array(1)];
  cblas_dgemm_(guard, call, 500_000, 0, 0, 1, 1, 1, 1, one, 1, one, 1, 0, one, 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  Deno.exit();
`;

nativeTest("a process that exits waits for BLAS before that is closed", async () => {
  assertDeepEquals(await run(exiting), { code: 0, stdout: "has ended: 1", stderr: "" });
});

const forking = `
  import { NdArray } from "${new URL("../../mod.ts", import.meta.url)}";
  import { eigenvalues } from "${new URL("../../lib/linalg/factor.ts", import.meta.url)}";
  import { guardedText } from "${new URL("../../lib/linalg/blas/library.ts", import.meta.url)}";
  import { runChild } from "${new URL("../../lib/ffi/child.ts", import.meta.url)}";
  import { loadObject } from "${new URL("../../lib/ffi/objects.ts", import.meta.url)}";
  import { findToolchain } from "${new URL("../../lib/ffi/compiler.ts", import.meta.url)}";
  // Before BLAS.
  await loadObject(await findToolchain(), guardedText, { watch_forks: { parameters: ["pointer"], result: "void" } });
  const n = 400;
  const matrix = () =>
    new NdArray(Float64Array.from({ length: n * n }, (_, k) => Math.cos(Math.floor(k / n) * (k % n))), [n, n]);
  let isDone = false;
  const forks = (async () => {
    while (!isDone) await runChild("true", [], { milliseconds: 60_000 });
  })();
  for (let k = 0; k < 30; k++) await eigenvalues(matrix());
  isDone = true;
  await forks;
  console.log("done");
`;

compiledBlasTest("processes are started while BLAS computes, whatever was loaded first", async () => {
  const { stdout, stderr } = await run(forking);
  assertDeepEquals({ stdout, stderr }, { stdout: "done\n", stderr: "" });
});
