/**
 * Whom files and directories belong to: code is only loaded from what the user alone can change. Whoever can write to a directory
 * can replace what is in it, so that holds for all directories on the way to it too.
 */
import { isGranted } from "./setup.ts";

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
export function userOf(directory: string): number {
  if (isGranted({ name: "sys", kind: "uid" })) return Deno.uid()!;
  const path = `${directory}/owner.${crypto.randomUUID()}`;
  using file = Deno.openSync(path, { createNew: true, write: true, mode: 0o600 });
  Deno.removeSync(path);
  return file.statSync().uid!;
}

/** The first of the directories above `path` that somebody else can change, of those that may be looked at; null if there is none. */
export function foreignAbove(path: string, user: number): string | null {
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
