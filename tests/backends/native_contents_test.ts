/** Whatever lies in the place of a compiled object is not loaded unless it is whole, of the right text and the user's own. */
import { checksumOf } from "../../lib/ffi/file_cache.ts";
import { assert, assertDeepEquals, assertEquals } from "../assert.ts";
import { compiledNumber, toolchainIn } from "./native_number.ts";
import { directoryTest, numberElsewhere, objectEntries } from "./native_objects.ts";

/** Makes contents the object of an entry. It is another file then: this process has the code of the former one. */
async function replace(entry: string, contents: Uint8Array): Promise<void> {
  await Deno.remove(`${entry}/object.so`);
  await Deno.writeFile(`${entry}/object.so`, contents, { mode: 0o600 });
}

/** The same, with the checksum that the contents should have. */
async function plant(entry: string, contents: Uint8Array): Promise<void> {
  await replace(entry, contents);
  const hash = entry.slice(entry.lastIndexOf("/") + 1);
  await Deno.writeTextFile(`${entry}/sha256`, await checksumOf(hash, contents));
}

/** What can be wrong with an entry; `other` is that of another text. */
const faults: Record<string, (entry: string, other: string) => Promise<void>> = {
  "text with the right checksum": (entry) => plant(entry, new TextEncoder().encode("no object")),
  "nothing with the right checksum": (entry) => plant(entry, new Uint8Array()),
  "noise with the right checksum": (entry) => plant(entry, crypto.getRandomValues(new Uint8Array(20_000))),
  "half an object with the right checksum": async (entry) => {
    const whole = await Deno.readFile(`${entry}/object.so`);
    await plant(entry, whole.slice(0, whole.length >> 1));
  },
  "the header of an object with the right checksum": async (entry) =>
    await plant(entry, (await Deno.readFile(`${entry}/object.so`)).slice(0, 64)),
  "an object without its functions": async (entry) => {
    const path = `${entry}/bare`;
    const args = ["-shared", "-fPIC", "-x", "c", "/dev/null", "-o", path];
    assert((await new Deno.Command("cc", { args }).output()).success);
    await plant(entry, await Deno.readFile(path));
    await Deno.remove(path);
  },
  "other bytes": async (entry) => {
    const bytes = await Deno.readFile(`${entry}/object.so`);
    bytes[bytes.length >> 1] ^= 1;
    await replace(entry, bytes);
  },
  "no checksum": (entry) => Deno.remove(`${entry}/sha256`),
  "no object": (entry) => Deno.remove(`${entry}/object.so`),
  "a directory for an object": async (entry) => {
    await Deno.remove(`${entry}/object.so`);
    await Deno.mkdir(`${entry}/object.so/more`, { recursive: true, mode: 0o700 });
  },
  "a directory for a checksum": async (entry) => {
    await Deno.remove(`${entry}/sha256`);
    await Deno.mkdir(`${entry}/sha256`, { mode: 0o700 });
  },
  "a file for an entry": async (entry) => {
    await Deno.remove(entry, { recursive: true });
    await Deno.writeTextFile(entry, "a file", { mode: 0o600 });
  },
  "a foreign directory for an entry": async (entry) => {
    await Deno.remove(entry, { recursive: true });
    await Deno.mkdir(`${entry}/.git`, { recursive: true, mode: 0o700 });
  },
  "the entry of another text": async (entry, other) => {
    await Deno.remove(entry, { recursive: true });
    await Deno.mkdir(entry, { mode: 0o700 });
    for (const file of ["object.so", "sha256"]) {
      await Deno.copyFile(`${other}/${file}`, `${entry}/${file}`);
      await Deno.chmod(`${entry}/${file}`, 0o600);
    }
  },
  "an object that others may read": (entry) => Deno.chmod(`${entry}/object.so`, 0o644),
  "an object that the group may write to": (entry) => Deno.chmod(`${entry}/object.so`, 0o620),
  "a checksum that others may write to": (entry) => Deno.chmod(`${entry}/sha256`, 0o602),
  "an entry that others may write to": (entry) => Deno.chmod(entry, 0o777),
  "a link to an entry": async (entry) => {
    await Deno.rename(entry, `${entry}-elsewhere`);
    await Deno.symlink(`${entry}-elsewhere`, entry);
  },
  "a link to an object": async (entry) => {
    await Deno.rename(`${entry}/object.so`, `${entry}-object`);
    await Deno.symlink(`${entry}-object`, `${entry}/object.so`);
  },
  "a link to nothing": async (entry) => {
    await Deno.remove(entry, { recursive: true });
    await Deno.symlink(`${entry}-nowhere`, entry);
  },
};

for (const [fault, cause] of Object.entries(faults)) {
  directoryTest(`native builds anew: ${fault}`, async (directory) => {
    const toolchain = await toolchainIn(directory);
    assertEquals(await compiledNumber(toolchain, 3), 3);
    const [other] = await objectEntries(toolchain);
    assertEquals(await compiledNumber(toolchain, 42), 42);
    const [entry] = (await objectEntries(toolchain)).filter((path) => path !== other);
    const before = await Deno.lstat(`${entry}/object.so`);
    await cause(entry, other);
    assertEquals(await numberElsewhere(directory, 42), 42);
    const after = await Deno.lstat(`${entry}/object.so`);
    assert(after.isFile && after.ino !== before.ino);
    await assertSound(entry);
  });
}

/** An entry as it is when it was just made. */
async function assertSound(entry: string): Promise<void> {
  assertEquals((await Deno.lstat(entry)).mode! & 0o777, 0o700);
  const files = (await Array.fromAsync(Deno.readDir(entry), ({ name }) => name)).sort();
  assertDeepEquals(files, ["object.so", "sha256"]);
  for (const file of files) {
    const { isFile, mode } = await Deno.lstat(`${entry}/${file}`);
    assert(isFile);
    assertEquals(mode! & 0o777, 0o600);
  }
}

/** Only the administrator can give files away. */
const isAdministrator = Deno.uid() === 0;
const NOBODY = 65534;

for (const part of ["", "/object.so", "/sha256"]) {
  const name = `native builds anew what another user owns: an entry${part}`;
  if (!isAdministrator) {
    Deno.test({
      name: `${name} (ignored: files can only be given away by the administrator)`,
      ignore: true,
      fn() {},
    });
    continue;
  }
  directoryTest(name, async (directory) => {
    const toolchain = await toolchainIn(directory);
    await compiledNumber(toolchain, 42);
    const [entry] = await objectEntries(toolchain);
    await Deno.chown(`${entry}${part}`, NOBODY, NOBODY);
    assertEquals(await numberElsewhere(directory, 42), 42);
    assertEquals((await Deno.lstat(`${entry}${part}`)).uid, 0);
    await assertSound(entry);
  });
}

directoryTest("native uses a sound object as it is", async (directory) => {
  const toolchain = await toolchainIn(directory);
  await compiledNumber(toolchain, 42);
  const [entry] = await objectEntries(toolchain);
  const before = await Deno.lstat(`${entry}/object.so`);
  assertEquals(await numberElsewhere(directory, 42), 42);
  assertEquals((await Deno.lstat(`${entry}/object.so`)).ino, before.ino);
  await assertSound(entry);
});
