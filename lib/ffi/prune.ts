/** What of a cache goes by itself: drafts that nobody finishes, entries that were not used for long, and those that are too many. */
import type { Cache } from "./cache.ts";
import { DAY, ifThere, isBeingMade, stored, withdraw } from "./stored.ts";

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
export async function prune(cache: Cache): Promise<void> {
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
