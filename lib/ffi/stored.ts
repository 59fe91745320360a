/** What a cache directory holds: entries, drafts of them, and what is being removed. Anything else in it is not this package's. */

/** The file of an entry that holds its checksum, by which it is known too. */
export const MARKER = "sha256";

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
export async function ifThere(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether a living process makes this draft, which it tells by a lock on its marker; `unmarked` is the answer where there is none. */
export function isBeingMade(draft: string, unmarked: boolean): boolean {
  try {
    using marker = Deno.openSync(`${draft}/${MARKER}`, { write: true });
    return !marker.tryLockSync(true);
  } catch (error) {
    return error instanceof Deno.errors.NotFound && unmarked;
  }
}
