/** Where the native backend fails that should work, `auto` says so once and computes all the same; it tries again later. */
import { existsSync } from "node:fs";
import { BackendUnavailableError } from "../../lib/errors.ts";
import type { Backend } from "../../lib/backends/backend.ts";
import { isPausing, noteFailure, withFallback } from "../../lib/backends/fallback.ts";
import { reference } from "../../lib/backends/reference/backend.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import { directoryTest } from "./native_objects.ts";

const program = new URL("auto_report.ts", import.meta.url).pathname;

interface Run {
  readonly kind?: "vectors" | "images";
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
  readonly command?: readonly string[];
  /** Words of the shell that set further variables */
  readonly setting?: string;
}

/** The warnings of a process that computes three kernels with `auto`, which are those of `reference`. */
async function warningsOf({ kind = "vectors", flags = ["-A"], env, command = [], setting = "" }: Run) {
  const args = ["run", "--no-check", "--no-prompt", ...flags, program, kind, ...command];
  const text = `${setting} exec "$@"`;
  const { stdout, stderr, success } = await new Deno.Command("sh", {
    args: ["-c", text, "sh", Deno.execPath(), ...args],
    env: { NO_COLOR: "1", CC: "", XDG_RUNTIME_DIR: "/tmp", ...env },
  }).output();
  const warnings = new TextDecoder().decode(stderr);
  assert(success, warnings);
  const errors: number[] = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(errors.length, 3);
  for (const error of errors) assert(error < 1e-12, `${error}`);
  return warnings;
}

const ENDING = "; computed on reference instead, which is slower\n";

/** Checks that there is one warning, which contains `reason`; drivers of graphics cards may say something too. */
async function assertWarnsOnce(run: Run, reason: string): Promise<void> {
  const warnings = await warningsOf(run);
  assertEquals(warnings.split("Cannot compute").length, 2, warnings);
  assertEquals(warnings.split(ENDING).length, 2, warnings);
  const [warning] = warnings.slice(warnings.indexOf("Cannot compute")).split(ENDING);
  assert(warning.includes(reason), warnings);
}

/** Checks that there is none. */
async function assertSilent(run: Run): Promise<void> {
  const warnings = await warningsOf(run);
  assert(!/Cannot compute|Compiled code/.test(warnings), warnings);
}

/** A compiler that does something else where `condition`, words of the shell, is true of the file $TMPDIR/text. */
async function compiler(directory: string, condition: string, instead: string): Promise<string> {
  const path = `${directory}/compiler`;
  const text = `#!/bin/sh
case "$*" in
*-shared*)
  cat > "$TMPDIR/text"
  echo "$*" >> ${directory}/calls
  if ${condition}; then ${instead}; else cc "$@" < "$TMPDIR/text"; status=$?; rm "$TMPDIR/text"; exit $status; fi;;
*) exec cc "$@";;
esac
`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return path;
}

const isMap = {
  vectors: 'grep -q "^void map(" "$TMPDIR/text"',
  images: 'grep -q "diagonal_maps\\[" "$TMPDIR/text"',
};

/** What can happen to a compiler, and what the warning says of it. */
const failures = {
  "is killed": ["kill -9 $$", "exit code 137"],
  "finds the disk full": [
    "echo 'cc1: fatal error: /tmp/ccX.s: No space left on device' >&2; exit 1",
    "exit code 1, cc1: fatal error: /tmp/ccX.s: No space left on device",
  ],
  "has an error of its own": [
    "echo 'during GIMPLE pass: vect' >&2; echo 'internal compiler error: Segmentation fault' >&2; exit 4",
    "internal compiler error: Segmentation fault",
  ],
  "writes nothing": ["exit 0", "its cache must hold code and be loaded from"],
  "writes no object": [
    'for last; do :; done; echo none > "$last"; exit 0',
    "its cache must hold code and be loaded from",
  ],
  "writes half an object": [
    'cc "$@" < "$TMPDIR/text"; for last; do :; done; truncate -s 8000 "$last"; exit 0',
    "its cache must hold code and be loaded from",
  ],
};

for (const kind of ["vectors", "images"] as const) {
  for (const [what, [instead, reason]] of Object.entries(failures)) {
    // The rest is the same code for both.
    if (kind === "images" && !["is killed", "writes no object"].includes(what)) continue;
    directoryTest(`auto warns once where the compiler of ${kind} ${what}`, async (directory) => {
      const CC = await compiler(directory, isMap[kind], instead);
      await assertWarnsOnce({ kind, env: { CC, XDG_CACHE_HOME: directory } }, reason);
      assert(existsSync(`${directory}/calls`));
      const left = await Array.fromAsync(Deno.readDir(`${directory}/widekernels`), ({ name }) => name);
      assertDeepEquals(left.filter((name) => name.length > 64), []);
    });
  }
}

directoryTest("auto warns once where no object can be compiled, or none is loaded", async (directory) => {
  const CC = await compiler(directory, "true", "exit 3");
  await assertWarnsOnce({ env: { CC, XDG_CACHE_HOME: directory } }, `${CC}, exit code 3, no message`);
  await assertWarnsOnce({ env: { CC: "/bin/false", XDG_CACHE_HOME: directory } }, "/bin/false, exit code 1");
  await assertWarnsOnce({ env: { XDG_CACHE_HOME: "/dev/null" } }, "current value is /dev/null/widekernels");
});

directoryTest("auto warns once where a compiler does not answer", async (directory) => {
  const CC = `${directory}/compiler`;
  await Deno.writeTextFile(CC, "#!/bin/sh\nsleep 1000\n", { mode: 0o755 });
  await assertWarnsOnce({ env: { CC, XDG_CACHE_HOME: directory } }, `${CC}, no end after 10 s`);
});

directoryTest("auto warns once where Deno refuses to run a compiler", async (directory) => {
  const flags = ["--allow-ffi", "--allow-run=cc", "--allow-read", "--allow-write", "--allow-env"];
  const env = { LD_LIBRARY_PATH: "/usr/lib", XDG_CACHE_HOME: directory };
  await assertWarnsOnce({ flags, env }, "LD_LIBRARY_PATH");
});

directoryTest("auto warns once where a variable is not UTF-8", async (directory) => {
  for (const variable of ["XDG_CACHE_HOME", "HOME", "CC"]) {
    const setting = `export XDG_CACHE_HOME= ${variable}="$(printf '${directory}/\\377')";`;
    const reason = `${variable} must be UTF-8: current value is not, set it to something else`;
    await assertWarnsOnce({ setting, env: { DENO_DIR: `${directory}/deno` } }, reason);
  }
});

directoryTest("auto says nothing where nothing is wrong", async (directory) => {
  await assertSilent({ env: { XDG_CACHE_HOME: directory } });
  await assertSilent({ kind: "images", env: { XDG_CACHE_HOME: directory } });
  await assertSilent({ env: { CC: "no-such-compiler", XDG_CACHE_HOME: directory } });
  await assertSilent({ flags: [], env: { XDG_CACHE_HOME: directory } });
});

directoryTest("auto compiles after a start that has failed", async (directory) => {
  const broken = `${directory}/broken`;
  await Deno.writeTextFile(broken, "");
  const CC = await compiler(directory, `test -e ${broken}`, "exit 3");
  const command = ["sh", "-c", `rm -f ${broken}; sleep 5`];
  await assertWarnsOnce({ env: { CC, XDG_CACHE_HOME: directory }, command }, "exit code 3");
  const names = await Array.fromAsync(Deno.readDir(`${directory}/widekernels`), ({ name }) => name);
  // What all precisions share, the guard, the tile loop, and a map or two
  assert(names.length >= 4, names.join(" "));
});

/** A backend whose code fails so many times. */
function failing(times: number): { backend: Backend; calls: () => number } {
  let calls = 0;
  const run: Backend["run"] = (job) => {
    if (calls++ < times) return Promise.reject(new BackendUnavailableError("Cannot compute"));
    const nngp = new Float64Array(job.n1 * job.n2).fill(7);
    return Promise.resolve({ matrices: { nngp }, own: new Float64Array(0) });
  };
  return { backend: { ...reference, name: "failing", run }, calls: () => calls };
}

Deno.test("a program that failed is tried again after ten times as long, each call on one backend", async () => {
  const job = gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(4, 3, "float64", 1), null, 3, "float64");
  const { backend, calls } = failing(1);
  const right = (await reference.run(job)).matrices.nngp;
  const first = withFallback(backend, reference);
  for (let k = 0; k < 2; k++) assertDeepEquals((await first.run(job)).matrices.nngp, right);
  assertEquals(calls(), 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert(!isPausing(job.program));
  assertDeepEquals((await first.run(job)).matrices.nngp, right);
  assertEquals((await withFallback(backend, reference).run(job)).matrices.nngp[0], 7);
  noteFailure(job.program, "Cannot compute", performance.now() - 1000);
  assert(isPausing(job.program));
  assertDeepEquals((await withFallback(backend, reference).run(job)).matrices.nngp, right);
  assertEquals(calls(), 2);
});

Deno.test("other errors than that of a backend are passed on", async () => {
  const job = gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(4, 3, "float64", 1), null, 3, "float64");
  const run = () => Promise.reject(new RangeError("the input is wrong"));
  await assertThrows(
    () => withFallback({ ...reference, run }, reference).run(job),
    RangeError,
    "the input is wrong",
  );
});
