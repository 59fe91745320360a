/** The cache is the user's alone; what goes by itself goes, and clearing it removes nothing else. */
import { existsSync } from "node:fs";
import { checksumOf, kept, pruneTo } from "../../lib/ffi/file_cache.ts";
import { findCache } from "../../lib/ffi/cache.ts";
import { assert, assertDeepEquals, assertEquals } from "../assert.ts";
import { compiledNumber, toolchainIn } from "./native_number.ts";
import { directoryTest, objectEntries } from "./native_objects.ts";

const DAY = 24 * 60 * 60 * 1000;
const usual = { unused: 30 * DAY, bytes: 2 ** 28 };

const program = (name: string) => new URL(name, import.meta.url).pathname;

async function run(args: readonly string[], env: Record<string, string>) {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], env: { NO_COLOR: "1", ...env } });
  const { stdout, stderr, success } = await command.output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, errors);
  return { output, errors };
}

/** Which cache a process uses where `directory` has the caches of the user and another one temporary files. */
async function cacheIn(directory: string, flags = ["-A"]) {
  const env = { XDG_CACHE_HOME: `${directory}/caches`, TMPDIR: `${directory}/temporary` };
  const args = ["run", "--no-check", "--no-prompt", ...flags, program("cache_report.ts")];
  const { output, errors } = await run(args, env);
  const warnings = errors.trim();
  return { ...JSON.parse(output) as { path: string; error: string }, warnings };
}

const user = Deno.uid();

/** A directory with the caches of the user and one for temporary files. */
async function prepare(directory: string) {
  const [caches, temporary] = [`${directory}/caches`, `${directory}/temporary`];
  for (const path of [caches, temporary]) await Deno.mkdir(path, { mode: 0o700 });
  return { cache: `${caches}/widekernels`, other: `${temporary}/widekernels-${user}`, caches, temporary };
}

const modeOf = async (path: string) => (await Deno.lstat(path)).mode! & 0o7777;

async function assertPrivate(directory: string, reason: string): Promise<void> {
  const cache = `${directory}/caches/widekernels`;
  const other = `${directory}/temporary/widekernels-${user}`;
  const { path, error, warnings } = await cacheIn(directory);
  assertEquals(error, "");
  assertEquals(path, other);
  assertEquals(
    warnings,
    `Compiled code is kept in ${other} as its cache must be the user's alone: current value is ${cache}, ` +
      `${reason}, set XDG_CACHE_HOME to another directory`,
  );
  assertEquals(await modeOf(other), 0o700);
}

directoryTest(
  "the cache is made for the user alone",
  async (directory) => {
    const { path, error, warnings } = await cacheIn(directory);
    assertDeepEquals([path, error, warnings], [`${directory}/caches/widekernels`, "", ""]);
    assertEquals(await modeOf(path), 0o700);
  },
);

directoryTest(
  "a cache of the user's that others may look into or write to is closed to them",
  async (directory) => {
    const { cache } = await prepare(directory);
    for (const mode of [0o755, 0o775, 0o777]) {
      await Deno.mkdir(cache, { recursive: true });
      await Deno.chmod(cache, mode);
      const { path, warnings } = await cacheIn(directory);
      assertDeepEquals([path, warnings], [cache, ""]);
      assertEquals(await modeOf(cache), 0o700);
    }
  },
);

directoryTest("where others can write to a directory above, a private cache is used", async (directory) => {
  const { caches } = await prepare(directory);
  await Deno.chmod(caches, 0o777);
  await assertPrivate(directory, `and others can write to ${caches}`);
  // Only owners can rename in a directory like that of temporary files.
  await Deno.chmod(caches, 0o1777);
  assertEquals((await cacheIn(directory)).path, `${caches}/widekernels`);
  await Deno.chmod(caches, 0o700);
  assertEquals((await cacheIn(directory)).path, `${caches}/widekernels`);
  await Deno.chmod(directory, 0o703);
  const refused = await cacheIn(directory);
  assertEquals(refused.path, "");
  assert(
    refused.error.endsWith(`and others can write to ${directory}, set XDG_CACHE_HOME to another directory`),
  );
});

directoryTest("a link in place of the cache is not followed", async (directory) => {
  const { cache } = await prepare(directory);
  await Deno.mkdir(`${directory}/elsewhere`, { mode: 0o755 });
  await Deno.symlink(`${directory}/elsewhere`, cache);
  await assertPrivate(directory, "which is a symbolic link");
  assertEquals(await modeOf(`${directory}/elsewhere`), 0o755);
  assertDeepEquals(await Array.fromAsync(Deno.readDir(`${directory}/elsewhere`)), []);
});

directoryTest("directories of the user above the cache may be links", async (directory) => {
  const { caches } = await prepare(directory);
  await Deno.rename(caches, `${directory}/disk`);
  await Deno.symlink(`${directory}/disk`, caches);
  assertEquals((await cacheIn(directory)).path, `${caches}/widekernels`);
  await Deno.chmod(`${directory}/disk`, 0o777);
  await assertPrivate(directory, `and others can write to ${directory}/disk`);
});

/** Only the administrator can give directories away. */
const NOBODY = 65534;
const givingName =
  "a cache that belongs to another user is not used, nor one below a directory of another user";
if (user === 0) {
  directoryTest(givingName, async (directory) => {
    const { cache, caches, other, temporary } = await prepare(directory);
    await Deno.mkdir(cache, { mode: 0o700 });
    await Deno.chown(cache, NOBODY, NOBODY);
    await assertPrivate(directory, `which belongs to user ${NOBODY}`);
    await Deno.chown(cache, 0, 0);
    await Deno.chown(caches, NOBODY, NOBODY);
    await assertPrivate(directory, `and others can write to ${caches}`);
    await Deno.chown(other, NOBODY, NOBODY);
    const { error } = await cacheIn(directory);
    assert(
      error.includes(`current value is ${temporary}/widekernels-0, which belongs to user ${NOBODY}`),
      error,
    );
  });
  directoryTest("a user who may not ask for its number is told by a file of its own", async (directory) => {
    const { cache } = await prepare(directory);
    await Deno.mkdir(cache, { mode: 0o700 });
    const flags = ["--allow-all", "--deny-sys"];
    assertEquals((await cacheIn(directory, flags)).path, cache);
    assertDeepEquals(await Array.fromAsync(Deno.readDir(cache)), []);
    await Deno.chown(cache, NOBODY, NOBODY);
    assertEquals((await cacheIn(directory, flags)).path, `${directory}/temporary/widekernels-0`);
  });
} else {
  Deno.test({
    name: `${givingName} (ignored: directories can only be given away by the administrator)`,
    ignore: true,
    fn() {},
  });
}

directoryTest(
  "a cache is named where it has to be private and no other one is permitted",
  async (directory) => {
    const { caches, cache } = await prepare(directory);
    await Deno.chmod(caches, 0o777);
    const { path, error } = await cacheIn(directory, ["-A", `--deny-write=${directory}/temporary`]);
    assertEquals(path, "");
    assertEquals(
      error,
      `Fault: its cache must be the user's alone: current value is ${cache}, and others can write to ${caches}, ` +
        "set XDG_CACHE_HOME to another directory",
    );
  },
);

const hash = "0123456789abcdef".repeat(4);
const uuid = "01234567-89ab-cdef-0123-456789abcdef";

/** Puts files that this package did not write into a cache; returns their paths. */
async function putForeign(cache: string): Promise<string[]> {
  const files = [
    "notes.txt",
    ".git/config",
    "objects/object.so",
    `${hash}/readme`,
    `${hash.slice(1)}/sha256`,
    `${hash}.1/sha256`,
    `${hash}.${uuid}/object.so`,
    "removed/sha256",
    `x${hash}/sha256`,
  ];
  for (const file of files) {
    await Deno.mkdir(`${cache}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${cache}/${file}`, "mine");
  }
  return files.map((file) => `${cache}/${file}`);
}

const clearing = [
  "eval",
  "--no-check",
  `import { clearCache } from "${new URL("../../mod.ts", import.meta.url)}"; await clearCache();`,
];

directoryTest("clearing the cache removes what this package wrote, and nothing else", async (directory) => {
  const { cache, other } = await prepare(directory);
  const env = { XDG_CACHE_HOME: `${directory}/caches`, TMPDIR: `${directory}/temporary` };
  await run(clearing, env);
  assert(!existsSync(cache));
  const toolchain = { ...await toolchainIn(`${directory}/caches`) };
  assertEquals(await compiledNumber(toolchain, 1), 1);
  await Deno.mkdir(`${cache}/${hash.slice(0, 63)}f.${uuid}`);
  await Deno.mkdir(`${cache}/removed.${uuid}/more`, { recursive: true });
  const inOther = findCache(other);
  await kept(inOther, "key", "name", (path) => Deno.writeTextFile(path, "contents"));
  const foreign = await putForeign(cache);
  const linked = `${directory}/linked`;
  await Deno.mkdir(linked);
  await Deno.writeTextFile(`${linked}/sha256`, "mine");
  await Deno.symlink(linked, `${cache}/${hash.slice(0, 63)}e`);
  await run(clearing, env);
  for (const path of [...foreign, `${linked}/sha256`]) assertEquals(await Deno.readTextFile(path), "mine");
  assertEquals((await Array.fromAsync(Deno.readDir(cache))).length, foreign.length + 1);
  assertDeepEquals(await Array.fromAsync(Deno.readDir(other)), []);
});

directoryTest("clearing the cache leaves what is being compiled", async (directory) => {
  const cache = findCache(`${directory}/widekernels`);
  const path = await kept(cache, "key", "name", async (draft) => {
    await run(clearing, { XDG_CACHE_HOME: directory });
    await Deno.writeTextFile(draft, "contents");
  });
  assertEquals(await Deno.readTextFile(path), "contents");
  await run(clearing, { XDG_CACHE_HOME: directory });
  assert(!existsSync(path));
});

directoryTest(
  "clearing the cache follows no link, neither in its place nor in an entry",
  async (directory) => {
    const { cache } = await prepare(directory);
    const elsewhere = `${directory}/elsewhere`;
    const toolchain = await toolchainIn(elsewhere);
    await compiledNumber(toolchain, 1);
    const [entry] = await objectEntries(toolchain);
    await Deno.symlink(`${elsewhere}/widekernels`, cache);
    const env = { XDG_CACHE_HOME: `${directory}/caches`, TMPDIR: `${directory}/temporary` };
    await run(clearing, env);
    assert(existsSync(`${entry}/object.so`));
    await Deno.remove(cache);
    await Deno.mkdir(`${cache}/${hash}`, { recursive: true });
    await Deno.writeTextFile(`${cache}/${hash}/sha256`, "");
    await Deno.symlink(`${elsewhere}/widekernels`, `${cache}/${hash}/linked`);
    await run(clearing, env);
    assert(!existsSync(`${cache}/${hash}`));
    assert(existsSync(`${entry}/object.so`));
  },
);

directoryTest(
  "clearing a cache that cannot be is no error, nor does it look elsewhere",
  async (directory) => {
    const path = "/dev/null";
    await run(clearing, { XDG_CACHE_HOME: path, TMPDIR: path });
    const setting = `export XDG_CACHE_HOME="$(printf '${directory}/\\377')"; exec "$@"`;
    const args = ["-c", setting, "sh", Deno.execPath(), ...clearing];
    const env = { DENO_DIR: `${directory}/deno` };
    const { success, stderr } = await new Deno.Command("sh", { args, env }).output();
    assert(success, new TextDecoder().decode(stderr));
  },
);

directoryTest("a cache whose place depends on where the process is counts as none", async (directory) => {
  const home = `${directory}/home`;
  await Deno.mkdir(home, { mode: 0o700 });
  const env = { XDG_CACHE_HOME: "caches", HOME: home, TMPDIR: directory, DENO_DIR: `${directory}/deno` };
  const { output } = await run(["run", "--no-check", "-A", program("cache_report.ts")], env);
  const caches = Deno.build.os === "darwin" ? "Library/Caches" : ".cache";
  assertEquals(JSON.parse(output).path, `${home}/${caches}/widekernels`);
});

/** An entry of so many bytes that was used so many days ago. */
async function entryIn(cache: string, digit: string, { days = 0, bytes = 0 }): Promise<string> {
  const path = `${cache}/${digit.repeat(64)}`;
  await Deno.mkdir(path, { mode: 0o700 });
  await Deno.writeTextFile(`${path}/sha256`, "");
  await Deno.writeTextFile(`${path}/object.so`, "");
  await Deno.truncate(`${path}/object.so`, bytes);
  await age(path, days);
  return path;
}

async function age(path: string, days: number): Promise<void> {
  const time = new Date(Date.now() - days * DAY);
  await Deno.utime(path, time, time);
}

directoryTest("entries that were not used for 30 days go, with the next that is made", async (directory) => {
  const toolchain = await toolchainIn(directory);
  const { cache } = toolchain;
  const old = await entryIn(cache.path, "a", { days: 31 });
  const young = await entryIn(cache.path, "b", { days: 29 });
  const foreign = await putForeign(cache.path);
  for (const path of [cache.path, ...foreign]) await age(path, 400);
  await run([
    "eval",
    "--no-check",
    `import { kept } from "${new URL("../../lib/ffi/file_cache.ts", import.meta.url)}";
     await kept(${JSON.stringify(cache)}, "key", "name", (path) => Deno.writeTextFile(path, "contents"));`,
  ], {});
  assertDeepEquals([existsSync(old), existsSync(young)], [false, true]);
  for (const path of foreign) assert(existsSync(path), path);
});

directoryTest("using an entry is noted, to the day", async (directory) => {
  const toolchain = await toolchainIn(directory);
  await compiledNumber(toolchain, 1);
  const [entry] = await objectEntries(toolchain);
  for (const [days, noted] of [[40, true], [1.5, true], [0.5, false]] as const) {
    await age(entry, days);
    const before = (await Deno.lstat(entry)).mtime!.getTime();
    await compiledNumber(toolchain, 1);
    const after = (await Deno.lstat(entry)).mtime!.getTime();
    assertEquals(after > before, noted);
    if (noted) assert(Math.abs(after - Date.now()) < 60_000);
  }
});

directoryTest("of more bytes than the limit the entries used least lately go", async (directory) => {
  const cache = findCache(`${directory}/widekernels`);
  const bytes = 2 ** 27;
  const paths = [];
  for (const [k, digit] of ["c", "a", "d", "b"].entries()) {
    paths.push(await entryIn(cache.path, digit, { bytes, days: 4 - k }));
  }
  await pruneTo(cache, usual);
  assertDeepEquals(paths.map((path) => existsSync(path)), [false, false, true, true]);
  await pruneTo(cache, { ...usual, bytes: 2 ** 27 });
  assertDeepEquals(paths.map((path) => existsSync(path)), [false, false, false, true]);
});

directoryTest("drafts go whose process has ended, and none of one that lives", async (directory) => {
  const cache = findCache(`${directory}/widekernels`);
  const module = new URL("../../lib/ffi/file_cache.ts", import.meta.url);
  const text = `import { kept } from "${module}";
    await kept(${JSON.stringify(cache)}, "killed", "name", async () => {
      console.log("making");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", text], stdout: "piped" })
    .spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const drafts = async () =>
    (await Array.fromAsync(Deno.readDir(cache.path))).filter(({ name }) => name.length > 64);
  await pruneTo(cache, usual);
  assertEquals((await drafts()).length, 1);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  const own = kept(cache, "living", "name", async (path) => {
    await pruneTo(cache, usual);
    assertEquals((await drafts()).length, 1);
    await Deno.writeTextFile(path, "contents");
  });
  assertEquals(await Deno.readTextFile(await own), "contents");
  await Deno.mkdir(`${cache.path}/${hash}.${uuid}`);
  await pruneTo(cache, usual);
  assertEquals((await drafts()).length, 1);
  await age(`${cache.path}/${hash}.${uuid}`, 0.01);
  await pruneTo(cache, usual);
  assertEquals((await drafts()).length, 0);
});

directoryTest("an entry that another process has made in the meantime stays as it is", async (directory) => {
  const cache = findCache(`${directory}/widekernels`);
  const write = (path: string) => Deno.writeTextFile(path, "contents");
  let faster = "";
  const path = await kept(cache, "key", "name", async (slow) => {
    faster = await kept(cache, "key", "name", write);
    await write(slow);
    faster = String((await Deno.lstat(faster)).ino);
  });
  assertEquals(String((await Deno.lstat(path)).ino), faster);
  assertEquals((await Array.fromAsync(Deno.readDir(cache.path))).length, 1);
});

directoryTest("an entry that was damaged in the meantime is replaced", async (directory) => {
  const cache = findCache(`${directory}/widekernels`);
  const path = await kept(cache, "key", "name", async (draft) => {
    const entry = draft.replace(/\.[^/]*\/name$/, "");
    await Deno.mkdir(entry, { mode: 0o700 });
    await Deno.writeTextFile(`${entry}/name`, "other contents", { mode: 0o600 });
    await Deno.writeTextFile(`${entry}/sha256`, await checksumOf("", new Uint8Array()), { mode: 0o600 });
    await Deno.writeTextFile(draft, "contents");
  });
  assertEquals(await Deno.readTextFile(path), "contents");
  assertEquals((await Array.fromAsync(Deno.readDir(cache.path))).length, 1);
});
