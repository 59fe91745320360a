/**
 * Compiled objects, kept in the user's cache directory: one directory an object, named by a hash of all that it was made from.
 *
 * An entry is made under another name and renamed, so that processes which build the same one at once never see half of it;
 * and it holds a checksum, since loading a damaged object would kill the process.
 */
import { compile, type Compiler } from "./compiler.ts";
import { Obstacle } from "./obstacle.ts";
import type { Toolchain } from "./toolchain.ts";

/** The path of the object compiled from `text`, which is built unless the cache has it. */
export async function objectOf({ compiler, cache }: Toolchain, text: string): Promise<string> {
  const entry = `${cache}/${await sha256(new TextEncoder().encode(compiler.identity + text))}`;
  if (!await isIntact(entry)) await build(entry, compiler, text);
  return objectIn(entry);
}

const objectIn = (entry: string) => `${entry}/object.so`;
const checksumIn = (entry: string) => `${entry}/sha256`;

async function isIntact(entry: string): Promise<boolean> {
  try {
    return await Deno.readTextFile(checksumIn(entry)) === await sha256(await Deno.readFile(objectIn(entry)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function build(entry: string, compiler: Compiler, text: string): Promise<void> {
  const draft = `${entry}.${crypto.randomUUID()}`;
  await Deno.mkdir(draft, { recursive: true });
  try {
    await compile(compiler, text, objectIn(draft));
    await Deno.writeTextFile(checksumIn(draft), await sha256(await Deno.readFile(objectIn(draft))));
    await publish(draft, entry);
  } catch (error) {
    // If another process has cleared the cache in between, that is what failed.
    await Deno.stat(draft);
    throw error;
  } finally {
    await removeIfThere(draft);
  }
}

/** Makes the draft the entry, in place of a damaged one, unless another process was faster. */
async function publish(draft: string, entry: string): Promise<void> {
  if (!await isIntact(entry)) await removeIfThere(entry);
  try {
    await Deno.rename(draft, entry);
  } catch (error) {
    if (!await isIntact(entry)) throw error;
  }
}

/** Removes all objects; each is renamed first, so that no process that is at it adds to what is being removed. */
export async function removeObjects(cache: string): Promise<void> {
  await ifThere(async () => {
    for await (const { name } of Deno.readDir(cache)) {
      const removed = `${cache}/removed.${crypto.randomUUID()}`;
      await ifThere(() => Deno.rename(`${cache}/${name}`, removed));
      await removeIfThere(removed);
    }
  });
}

/** Removes a file or directory with all that is in it. */
const removeIfThere = (path: string) => ifThere(() => Deno.remove(path, { recursive: true }));

/** Does something with a file or directory, unless it is missing. */
async function ifThere(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The library that C text compiles to, loaded into this process; throws an `Obstacle` if that cannot be done. */
export async function loadObject<S extends Deno.ForeignLibraryInterface>(
  toolchain: Toolchain,
  text: string,
  symbols: S,
): Promise<Deno.DynamicLibrary<S>> {
  const load = async () => Deno.dlopen(await objectOf(toolchain, text), symbols);
  try {
    // Another process may have cleared the cache in between.
    return await load().catch((error) => error instanceof Obstacle ? Promise.reject(error) : load());
  } catch (error) {
    if (error instanceof Obstacle) throw error;
    throw new Obstacle(
      `its cache must hold code and be loaded from: current value is ${toolchain.cache}, ` +
        `${(error as Error).message}, set XDG_CACHE_HOME to another directory`,
    );
  }
}
