/**
 * Files that are kept in a cache: one directory a file, named by a hash of all that it was made from.
 *
 * An entry is made under another name and renamed, so that processes which make the same one at once never see half of it. It
 * holds a checksum of its name and its contents, since loading a damaged object, or that of another text, would kill the process
 * or give wrong numbers; and nobody but the user may have been able to write to it.
 */
import type { Cache } from "./cache.ts";
import { isPrivate } from "./ownership.ts";
import { prune } from "./prune.ts";
import { DAY, MARKER, remove, withdraw } from "./stored.ts";

/** Where a file is kept. */
interface Place {
  readonly cache: Cache;
  /** The directory of the entry */
  readonly entry: string;
  /** The hash of all that the file was made from */
  readonly hash: string;
  readonly name: string;
}

async function placeOf(cache: Cache, key: string, name: string): Promise<Place> {
  const hash = await sha256(new TextEncoder().encode(key));
  return { cache, entry: `${cache.path}/${hash}`, hash, name };
}

/** The path of the file `name` made from `key`; it is made unless the cache has it. */
export async function kept(
  cache: Cache,
  key: string,
  name: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const place = await placeOf(cache, key, name);
  if (!await isIntact(place)) {
    await build(place, make);
    await prune(cache);
  }
  return `${place.entry}/${name}`;
}

/** Removes what was made from `key`. */
export async function forget(cache: Cache, key: string): Promise<void> {
  await withdraw(cache.path, (await placeOf(cache, key, "")).entry);
}

/** Whether the entry is there, whole, and the user's own. At once: to wait for each of these files takes longer than to read them. */
async function isIntact({ cache: { user }, entry, hash, name }: Place): Promise<boolean> {
  try {
    const directory = Deno.lstatSync(entry);
    if (!directory.isDirectory || !isPrivate(directory, user)) return false;
    for (const file of [MARKER, name]) {
      const info = Deno.lstatSync(`${entry}/${file}`);
      if (!info.isFile || !isPrivate(info, user)) return false;
    }
    const checksum = Deno.readTextFileSync(`${entry}/${MARKER}`);
    if (checksum !== await checksumOf(hash, Deno.readFileSync(`${entry}/${name}`))) return false;
    noteUse(entry, directory);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The time of an entry is that of its last use, to the day. */
function noteUse(entry: string, { mtime }: Deno.FileInfo): void {
  const now = new Date();
  if (now.getTime() - mtime!.getTime() < DAY) return;
  try {
    Deno.utimeSync(entry, now, now);
  } catch {
    // A cache that cannot be written can still be read.
  }
}

async function build(place: Place, make: (path: string) => Promise<void>): Promise<void> {
  const draft = `${place.entry}.${crypto.randomUUID()}`;
  const path = `${draft}/${place.name}`;
  await Deno.mkdir(draft, { mode: 0o700 });
  try {
    // Locked as long as this process lives: others see by that whether the draft is abandoned.
    using marker = Deno.openSync(`${draft}/${MARKER}`, { createNew: true, write: true, mode: 0o600 });
    tryToLock(marker);
    await make(path);
    await Deno.chmod(path, 0o600);
    await marker.write(new TextEncoder().encode(await checksumOf(place.hash, await Deno.readFile(path))));
    await publish(draft, place);
  } catch (error) {
    // If another process has cleared the cache in between, that is what failed.
    await Deno.stat(draft);
    throw error;
  } finally {
    await remove(draft);
  }
}

/** Where files cannot be locked, drafts are abandoned when they are old. */
function tryToLock(file: Deno.FsFile): void {
  try {
    file.lockSync(true);
  } catch {
    // Nothing depends on it.
  }
}

/** Makes the draft the entry, in place of a damaged one, unless another process was faster. */
async function publish(draft: string, place: Place): Promise<void> {
  if (!await isIntact(place)) await withdraw(place.cache.path, place.entry);
  try {
    await Deno.rename(draft, place.entry);
  } catch (error) {
    if (!await isIntact(place)) throw error;
  }
}

/** The checksum of contents in the entry of a name: with it, no entry can stand for another one. */
export async function checksumOf(hash: string, contents: Uint8Array): Promise<string> {
  const named = new TextEncoder().encode(hash);
  const all = new Uint8Array(named.length + contents.length);
  all.set(named);
  all.set(contents, named.length);
  return await sha256(all);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
