/**
 * Files that are kept in a cache: one directory a file, named by a hash of all that it was made from.
 *
 * In: a key, and what makes the file of it. Out: the path of the file, made or found. The directory of the cache holds
 *
 *     9f2c…e1/sha256, 9f2c…e1/object.so    an entry: the file, and a checksum of its name and contents
 *     9f2c…e1.1b9d…/…                      a draft of it, which some process is making: it has locked the checksum's file
 *     removed.77ab…/…                      what is being removed
 *
 * An entry is made under another name and renamed, so that processes which make the same one at once never see half of it. It
 * holds a checksum of its name and its contents, since loading a damaged object, or that of another text, would kill the process
 * or give wrong numbers; and nobody but the user may have been able to write to it. Anything else in the directory is not this
 * package's. Entries that were not used for long, those that are too many, and drafts that nobody finishes go by themselves.
 */
import { type Cache, isPrivate } from "./cache.ts";

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

/**
 * Whether the entry is there, whole, and the user's own. At once: to wait for each of these files takes longer than to read them.
 */
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

/** The file of an entry that holds its checksum, by which it is known too. */
const MARKER = "sha256";

export const DAY = 24 * 60 * 60 * 1000;

const hash = "[0-9a-f]{64}";
const uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const names = {
  entry: RegExp(`^${hash}$`),
  draft: RegExp(`^${hash}\\.${uuid}$`),
  removed: RegExp(`^removed\\.${uuid}$`),
};

/** What a directory in the cache is. */
export type Kind = keyof typeof names;

/** The directories in a cache that are this package's, with their paths. */
export async function stored(cache: string): Promise<{ kind: Kind; path: string }[]> {
  const found: { kind: Kind; path: string }[] = [];
  await ifThere(async () => {
    for await (const { name, isDirectory } of Deno.readDir(cache)) {
      const kind = isDirectory && kindOf(name);
      const path = `${cache}/${name}`;
      if (kind && (kind === "removed" || await isMarked(path))) found.push({ kind, path });
    }
  });
  return found;
}

function kindOf(name: string): Kind | undefined {
  return (Object.keys(names) as Kind[]).find((kind) => names[kind].test(name));
}

/** Whether a directory has the marker, or nothing yet. */
async function isMarked(path: string): Promise<boolean> {
  let isEmpty = true;
  let hasMarker = false;
  await ifThere(async () => {
    for await (const { name, isFile } of Deno.readDir(path)) {
      isEmpty = false;
      hasMarker ||= name === MARKER && isFile;
    }
  });
  return isEmpty || hasMarker;
}

/** Removes a directory of the cache; it is renamed first, so that no process that is at it adds to what is being removed. */
export async function withdraw(cache: string, path: string): Promise<void> {
  const removed = `${cache}/removed.${crypto.randomUUID()}`;
  await ifThere(() => Deno.rename(path, removed));
  await remove(removed);
}

/** Removes a file, a link, or a directory with all that is in it, unless it is missing; no link is followed. */
export const remove = (path: string): Promise<void> => ifThere(() => Deno.remove(path, { recursive: true }));

/** Does something with a file or directory, unless it is missing. */
async function ifThere(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Whether a living process makes this draft, which it tells by a lock on its marker; `unmarked` is the answer where there is
 * none.
 */
export function isBeingMade(draft: string, unmarked: boolean): boolean {
  try {
    using marker = Deno.openSync(`${draft}/${MARKER}`, { write: true });
    return !marker.tryLockSync(true);
  } catch (error) {
    return error instanceof Deno.errors.NotFound && unmarked;
  }
}

/** When entries go. */
export interface Limits {
  /** Milliseconds without use */
  readonly unused: number;
  /** Bytes of all entries together */
  readonly bytes: number;
}

const usual: Limits = { unused: 30 * DAY, bytes: 2 ** 28 };
/** A draft without a file is about to get one. */
const STARTING = 60_000;
/** Looking at all entries takes as long as compiling one where there are thousands. */
const EVERY = 100;

let builds = 0;

/** After the first entry that this process makes, and again after many, removes what goes by itself. */
async function prune(cache: Cache): Promise<void> {
  if (builds++ % EVERY === 0) await pruneTo(cache, usual);
}

/** Removes what goes by itself: of the entries those that were used least lately. */
export async function pruneTo({ path: cache }: Cache, { unused, bytes }: Limits): Promise<void> {
  const now = Date.now();
  // Nothing depends on it, and another process may be at the same.
  const discard = (path: string) => withdraw(cache, path).catch(() => {});
  const entries: { path: string; time: number; size: number }[] = [];
  for (const { kind, path } of await stored(cache)) {
    const time = await timeOf(path);
    if (kind === "entry") entries.push({ path, time, size: await sizeOf(path) });
    else if (kind === "removed" || isAbandoned(path, now - time)) await discard(path);
  }
  let total = 0;
  for (const { path, time, size } of entries.sort((a, b) => b.time - a.time)) {
    total += size;
    if (now - time > unused || total > bytes) await discard(path);
  }
}

/** When it was used or changed; now if it is gone. */
async function timeOf(path: string): Promise<number> {
  let time = Date.now();
  await ifThere(async () => time = (await Deno.lstat(path)).mtime!.getTime());
  return time;
}

async function sizeOf(entry: string): Promise<number> {
  let size = 0;
  await ifThere(async () => {
    for await (const { name } of Deno.readDir(entry)) size += (await Deno.lstat(`${entry}/${name}`)).size;
  });
  return size;
}

/** Whether the process that made a draft has ended. */
const isAbandoned = (draft: string, age: number): boolean =>
  age > DAY || !isBeingMade(draft, age <= STARTING);
