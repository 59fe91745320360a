/**
 * Files that are kept in the user's cache directory: one directory a file, named by a hash of all that it was made from.
 *
 * An entry is made under another name and renamed, so that processes which make the same one at once never see half of it;
 * and it holds a checksum, since loading a damaged object would kill the process.
 */

/** The path of the file `name` made from `key`; it is made unless the cache has it. */
export async function kept(
  cache: string,
  key: string,
  name: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const entry = `${cache}/${await sha256(new TextEncoder().encode(key))}`;
  if (!await isIntact(entry, name)) await build(entry, name, make);
  return `${entry}/${name}`;
}

const checksumIn = (entry: string) => `${entry}/sha256`;

async function isIntact(entry: string, name: string): Promise<boolean> {
  try {
    const checksum = await Deno.readTextFile(checksumIn(entry));
    return checksum === await sha256(await Deno.readFile(`${entry}/${name}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function build(entry: string, name: string, make: (path: string) => Promise<void>): Promise<void> {
  const draft = `${entry}.${crypto.randomUUID()}`;
  await Deno.mkdir(draft, { recursive: true });
  try {
    await make(`${draft}/${name}`);
    await Deno.writeTextFile(checksumIn(draft), await sha256(await Deno.readFile(`${draft}/${name}`)));
    await publish(draft, entry, name);
  } catch (error) {
    // If another process has cleared the cache in between, that is what failed.
    await Deno.stat(draft);
    throw error;
  } finally {
    await removeIfThere(draft);
  }
}

/** Makes the draft the entry, in place of a damaged one, unless another process was faster. */
async function publish(draft: string, entry: string, name: string): Promise<void> {
  if (!await isIntact(entry, name)) await removeIfThere(entry);
  try {
    await Deno.rename(draft, entry);
  } catch (error) {
    if (!await isIntact(entry, name)) throw error;
  }
}

/** Removes all that is kept; each entry is renamed first, so that no process that is at it adds to what is being removed. */
export async function removeKept(cache: string): Promise<void> {
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
