/** Without a compiler or a permission the native backend says so; what it compiled is kept, whatever happens to the cache. */
import { existsSync } from "node:fs";
import { assert, assertDeepEquals, assertEquals, assertMatch } from "../assert.ts";
import { nativeTest } from "../native.ts";

interface Report {
  availability: { dtypes: string[]; device: string; reason: string };
  error: string;
  sum: string | null;
}

const program = `${import.meta.dirname}/native_report.ts`;

/** What the backend reports in a process with these flags and variables. */
async function report(flags: readonly string[], env: Record<string, string>): Promise<Report> {
  // Where this is set, programs run with all permissions only: a test of its own is in native_fallback_test.ts.
  const { LD_LIBRARY_PATH: _, ...inherited } = Deno.env.toObject();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", ...flags, program],
    clearEnv: true,
    env: { ...inherited, CC: "", NO_COLOR: "1", ...env },
  });
  const { stdout, stderr, success } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** A test that gets an empty directory for a cache. */
function cacheTest(name: string, body: (cache: string) => Promise<void>): void {
  nativeTest(name, async () => {
    const cache = await Deno.makeTempDir();
    try {
      await body(cache);
    } finally {
      await Deno.remove(cache, { recursive: true });
    }
  });
}

/** A compiler that is `script`, a shell script. */
async function script(directory: string, text: string): Promise<string> {
  const path = `${directory}/compiler`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

/** A compiler that notes its calls in the file `calls`. */
const noting = (directory: string) => script(directory, `echo "$@" >> ${directory}/calls\nexec cc "$@"`);

/** What the pairs of vectors consist of: what all precisions share, the guard, the tile loop, and the map. */
const OBJECTS = 4;

/** How many objects the calls that were noted since last time compiled. */
async function compiled(directory: string): Promise<number> {
  if (!existsSync(`${directory}/calls`)) return 0;
  const calls = await Deno.readTextFile(`${directory}/calls`);
  await Deno.remove(`${directory}/calls`);
  return calls.split("\n").filter((call) => call.includes("-shared")).length;
}

/** The files of all cached objects, by the names of their directories. */
async function objects(cache: string): Promise<Record<string, string[]>> {
  return Object.fromEntries(
    Object.entries(await entries(cache)).filter(([, files]) => !files.includes("macros")),
  );
}

/** The files of all that is kept. */
async function entries(cache: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for await (const { name } of Deno.readDir(`${cache}/widekernels`)) {
    found[name] = await Array.fromAsync(Deno.readDir(`${cache}/widekernels/${name}`), (file) => file.name);
  }
  return found;
}

async function assertUnavailable(flags: readonly string[], env: Record<string, string>, reason: string) {
  const { availability, error } = await report(flags, env);
  assertDeepEquals(availability.dtypes, []);
  assertEquals(availability.reason, reason);
  assertEquals(error, `BackendUnavailableError: Cannot compute a float64 kernel on native as ${reason}`);
}

const forbidden = "it must be permitted to compile and load C code: current value is without ";

Deno.test("native without any permission names all that it needs", () =>
  assertUnavailable(["--allow-read"], {}, `${forbidden}--allow-ffi --allow-run --allow-env`));

Deno.test("native without permission to load or to run code names it", async () => {
  await assertUnavailable(["-A", "--deny-ffi"], {}, `${forbidden}--allow-ffi`);
  await assertUnavailable(["-A", "--deny-run"], {}, `${forbidden}--allow-run`);
  await assertUnavailable(["-A", "--deny-write"], {}, `${forbidden}--allow-write`);
});

Deno.test("native without a compiler says where it looked", async () => {
  const reason = "a C compiler must be installed: current value is none of";
  await assertUnavailable(["-A"], { PATH: "" }, `${reason} cc, clang, gcc, install one or set CC`);
  await assertUnavailable(["-A"], { CC: "no-such-cc -x" }, `${reason} no-such-cc -x, install one or set CC`);
});

Deno.test("native with a broken compiler passes its message on", async () => {
  const broken = "the C compiler must work: current value is";
  await assertUnavailable(["-A"], { CC: "/bin/false" }, `${broken} /bin/false, exit code 1, no message`);
  const directory = await Deno.makeTempDir();
  try {
    const text = `${directory}/text`;
    await Deno.writeTextFile(text, "no program", { mode: 0o644 });
    const { availability: { reason } } = await report(["-A"], { CC: text });
    assert(reason.startsWith(`${broken} ${text}, `) && reason.includes("Permission denied"), reason);
    const cc = await script(directory, 'case "$*" in *-shared*) echo "ld: no space" >&2; exit 3;; esac');
    const env = { CC: cc, XDG_CACHE_HOME: directory };
    await assertUnavailable(["-A"], env, `${broken} ${cc}, exit code 3, ld: no space`);
    assertDeepEquals(await objects(directory), {});
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("native with a cache that cannot be written names it", async () => {
  const { availability: { reason } } = await report(["-A"], { XDG_CACHE_HOME: "/dev/null" });
  assert(
    reason.startsWith(
      "its cache must hold code and be loaded from: current value is /dev/null/widekernels, ",
    ) ||
      reason.startsWith("a C compiler must be installed"),
    reason,
  );
});

Deno.test("native without a cache directory asks for one", async () => {
  const reason =
    "XDG_CACHE_HOME must name a directory for compiled code: current value is not set, nor is HOME";
  await assertUnavailable(["-A"], { HOME: "", XDG_CACHE_HOME: "" }, reason);
});

cacheTest("native runs with the permissions that it names, each as narrow as can be", async (cache) => {
  const { availability, sum } = await report([
    "--allow-ffi",
    "--allow-run=cc",
    `--allow-read=${cache}/widekernels`,
    `--allow-write=${cache}/widekernels`,
    "--allow-env=CC,XDG_CACHE_HOME,HOME",
  ], { XDG_CACHE_HOME: cache });
  assertEquals(availability.reason, "");
  assertMatch(availability.device, /^CPU, \d+ threads?, cc$/);
  assert(sum !== null);
});

cacheTest("native compiles nothing the second time, the same bits", async (cache) => {
  const env = { CC: await noting(cache), XDG_CACHE_HOME: cache };
  const first = await report(["-A"], env);
  assertEquals(await compiled(cache), OBJECTS);
  const second = await report(["-A"], env);
  assertEquals(await compiled(cache), 0);
  assertEquals(first.sum, second.sum);
});

cacheTest("native builds damaged objects anew", async (cache) => {
  const env = { CC: await noting(cache), XDG_CACHE_HOME: cache };
  const { sum } = await report(["-A"], env);
  await compiled(cache);
  const [one, other] = Object.keys(await objects(cache)).map((name) => `${cache}/widekernels/${name}`);
  const object = await Deno.readFile(`${one}/object.so`);
  await Deno.writeFile(`${one}/object.so`, object.subarray(0, object.length >> 1));
  await Deno.remove(`${other}/sha256`);
  assertEquals((await report(["-A"], env)).sum, sum);
  assertEquals(await compiled(cache), 2);
  assertEquals((await report(["-A"], env)).sum, sum);
  assertEquals(await compiled(cache), 0);
});

cacheTest("native in several processes at once leaves one whole object each", async (cache) => {
  const env = { XDG_CACHE_HOME: cache };
  const reports = await Promise.all([1, 2, 3].map(() => report(["-A"], env)));
  for (const { sum } of reports) assertEquals(sum, reports[0].sum);
  const found = await objects(cache);
  assertEquals(Object.keys(found).length, OBJECTS);
  for (const [name, files] of Object.entries(found)) {
    assertMatch(name, /^[0-9a-f]{64}$/);
    assertDeepEquals(files.sort(), ["object.so", "sha256"]);
  }
});

/** The arguments of a process that clears the cache, `times` over. */
function clearing(times: number): string[] {
  const module = new URL("../../lib/ffi/clear_cache.ts", import.meta.url);
  const text =
    `import { clearCache } from "${module}"; for (let k = 0; k < ${times}; k++) await clearCache();`;
  return ["eval", "--no-check", text];
}

async function clear(times: number, env: Record<string, string>): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: clearing(times), env })
    .output();
  assert(success, new TextDecoder().decode(stderr));
}

cacheTest("native forgets what it compiled when told so", async (cache) => {
  const env = { CC: await noting(cache), XDG_CACHE_HOME: cache };
  await report(["-A"], env);
  await compiled(cache);
  await clear(2, env);
  assertDeepEquals(await entries(cache), {});
  await report(["-A"], env);
  assertEquals(await compiled(cache), OBJECTS);
});

cacheTest("native compiles again what another process removes while it compiles", async (cache) => {
  const command = [Deno.execPath(), ...clearing(1)].map((word) => `'${word}'`).join(" ");
  const once = `case "$*" in *-shared*) mkdir ${cache}/once 2> /dev/null && ${command};; esac`;
  const CC = await script(cache, `${once}\nexec cc "$@"`);
  const { error, sum } = await report(["-A"], { CC, XDG_CACHE_HOME: cache });
  assertEquals(error, "");
  assertEquals(sum, (await report(["-A"], { XDG_CACHE_HOME: cache })).sum);
  assert((await Deno.stat(`${cache}/once`)).isDirectory);
});

cacheTest("native can be cleared while another process compiles", async (cache) => {
  const env = { XDG_CACHE_HOME: cache };
  await Promise.all([clear(200, env), report(["-A"], env)]);
});
