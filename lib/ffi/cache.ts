/**
 * The directory that compiled code is kept in and loaded from: one that the user alone can change.
 *
 * In: a path (setup.ts). Out: the directory, made if it is missing and closed to others, or a private one among temporary files
 * where that cannot be. Code is only loaded from what the user alone can change: whoever can write to a directory can replace
 * what is in it, so that holds for all directories on the way to it too.
 */
import { warnOnce } from "../warn_once.ts";
import { cacheDirectory, Fault, isGranted, temporaryDirectory } from "./setup.ts";

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

/**
 * The cache at `path`, or a private one among temporary files where others could change it; throws a `Fault` if there is none.
 */
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

/** Permission of the group and of all others */
const OTHERS = 0o077;
const GROUP_WRITES = 0o020;
const ALL_WRITE = 0o002;
/** In such a directory only owners can rename and remove */
const STICKY = 0o1000;

/** Whether it belongs to the user and nobody else may even read it. */
export function isPrivate({ uid, mode }: Deno.FileInfo, user: number): boolean {
  return uid === user && (mode! & OTHERS) === 0;
}

/**
 * The number of the user, as the file system knows it: the owner of a file made in `directory`, where `Deno.uid` is not permitted.
 * The open file tells, since its name could stand for another one by then.
 */
function userOf(directory: string): number {
  if (isGranted({ name: "sys", kind: "uid" })) return Deno.uid()!;
  const path = `${directory}/owner.${crypto.randomUUID()}`;
  using file = Deno.openSync(path, { createNew: true, write: true, mode: 0o600 });
  Deno.removeSync(path);
  return file.statSync().uid!;
}

/**
 * The first of the directories above `path` that somebody else can change, of those that may be looked at; null if there is none.
 */
function foreignAbove(path: string, user: number): string | null {
  const above = [...directoriesAbove(path), ...directoriesAbove(Deno.realPathSync(path))];
  return above.filter((directory) => isGranted({ name: "read", path: directory }))
    .find((directory) => isForeign(Deno.lstatSync(directory), user)) ?? null;
}

function directoriesAbove(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return ["/", ...names.map((_, k) => `/${names.slice(0, k + 1).join("/")}`)];
}

function isForeign({ uid, gid, mode, isSymlink }: Deno.FileInfo, user: number): boolean {
  if (uid !== user && uid !== systemUser()) return true;
  if (isSymlink) return false;
  // On many systems every user has a group of the same number, with no one else in it.
  const others = gid === user ? ALL_WRITE : ALL_WRITE | GROUP_WRITES;
  return (mode! & others) !== 0 && (mode! & STICKY) === 0;
}

/** Whoever has made the root directory: in containers that may be another number than 0. */
const systemUser = () => isGranted({ name: "read", path: "/" }) ? Deno.lstatSync("/").uid! : 0;
