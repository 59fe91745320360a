/** The directory that compiled code is kept in and loaded from: one that the user alone can change. */
import { warnOnce } from "../warn_once.ts";
import { Fault } from "./unavailable.ts";
import { foreignAbove, isPrivate, userOf } from "./ownership.ts";
import { cacheDirectory, isGranted, temporaryDirectory } from "./setup.ts";

/** A directory of compiled code. */
export interface Cache {
  readonly path: string;
  /** The number of the user who owns it */
  readonly user: number;
}

/** Others could change what is there. */
class Untrusted extends Fault {
  constructor(path: string, reason: string) {
    super(
      `its cache must be the user's alone: current value is ${path}, ${reason}, set XDG_CACHE_HOME to another directory`,
    );
  }
}

/** The cache at `path`, or a private one among temporary files where others could change it; throws a `Fault` if there is none. */
export function findCache(path: string): Cache {
  try {
    return openCache(path);
  } catch (error) {
    if (!(error instanceof Untrusted)) throw error;
    const other = privatePath();
    if (other === null) throw error;
    const cache = openCache(other);
    warnOnce(`Compiled code is kept in ${other} as ${error.message}`);
    return cache;
  }
}

/** Those of the caches that `findCache` may choose which are there and can be used. */
export function existingCaches(): Cache[] {
  const { NotFound, NotADirectory } = Deno.errors;
  return [cacheDirectory, privatePath].flatMap((find) => {
    try {
      const path = find();
      return path && Deno.lstatSync(path).isDirectory ? [checkedCache(path)] : [];
    } catch (error) {
      if ([Fault, NotFound, NotADirectory].some((type) => error instanceof type)) return [];
      throw error;
    }
  });
}

/** A cache that no other user has by chance, or null where there is no permission for one. */
function privatePath(): string | null {
  const directory = temporaryDirectory();
  const isUsable = (["read", "write"] as const).every((name) => isGranted({ name, path: directory }));
  return isUsable ? `${directory}/widekernels-${userOf(directory)}` : null;
}

/** The cache at a path, made if it is missing. */
function openCache(path: string): Cache {
  try {
    return checkedCache(path);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw unusable(path, error);
  }
}

/** What is said of a cache that an operation failed on. */
export function unusable(path: string, error: unknown): Fault {
  return new Fault(
    `its cache must hold code and be loaded from: current value is ${path}, ${(error as Error).message}, ` +
      "set XDG_CACHE_HOME to another directory",
  );
}

function checkedCache(path: string): Cache {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  if (Deno.lstatSync(path).isSymlink) throw new Untrusted(path, "which is a symbolic link");
  const user = userOf(path);
  const { uid } = Deno.lstatSync(path);
  if (uid !== user) throw new Untrusted(path, `which belongs to user ${uid}`);
  // What others put there before is told by its owner, or by its checksum if it was moved.
  if (!isPrivate(Deno.lstatSync(path), user)) Deno.chmodSync(path, 0o700);
  if (!isPrivate(Deno.lstatSync(path), user)) {
    throw new Untrusted(path, "whose permissions cannot be taken from others");
  }
  const above = foreignAbove(path, user);
  if (above !== null) throw new Untrusted(path, `and others can write to ${above}`);
  return { path, user };
}
