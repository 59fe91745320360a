/**
 * What has to be there before anything is asked of the system, and the errors that say what is not; permissions are queried, so
 * that no prompt ever appears.
 */

/** Something that is not there or not permitted; the message goes on after "Cannot … on native as". */
export class Obstacle extends Error {
  override name = "Obstacle";
}

/** Something that is there and should work, but does not: `auto` says so when it computes elsewhere. */
export class Fault extends Obstacle {
  override name = "Fault";
}

/** Where to look for a compiler, and where its output is kept. */
interface Setup {
  /** Command lines of compilers: that of $CC, or the usual ones */
  readonly compilers: readonly (readonly string[])[];
  /** The directory of compiled objects, unless others can write to it */
  readonly cache: string;
}

/** The setup of this machine; throws an `Obstacle` if there is none. */
export function findSetup(): Setup {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    throw new Obstacle(`it must run on Linux or macOS: current value is ${os}, use its Linux subsystem`);
  }
  const compilers = permitted(compilerCommands());
  const cache = cacheDirectory();
  const isMissing: Record<string, boolean> = {
    "--allow-ffi": !isGranted({ name: "ffi" }),
    "--allow-run": compilers.length === 0,
    "--allow-env": cache === undefined && !isGranted({ name: "env", variable: "HOME" }),
    "--allow-read": cache !== undefined && !isGranted({ name: "read", path: cache }),
    "--allow-write": cache !== undefined && !isGranted({ name: "write", path: cache }),
  };
  const missing = Object.keys(isMissing).filter((flag) => isMissing[flag]);
  if (missing.length > 0) {
    throw new Obstacle(
      `it must be permitted to compile and load C code: current value is without ${missing.join(" ")}`,
    );
  }
  if (cache !== undefined) return { compilers, cache };
  throw new Obstacle(
    "XDG_CACHE_HOME must name a directory for compiled code: current value is not set, nor is HOME",
  );
}

function compilerCommands(): string[][] {
  const cc = environment("CC");
  return cc ? [cc.trim().split(/\s+/)] : [["cc"], ["clang"], ["gcc"]];
}

function permitted(commands: readonly string[][]): string[][] {
  return commands.filter(([command]) => isGranted({ name: "run", command }));
}

/** The user's cache directory for this package; undefined if the environment does not tell. */
export function cacheDirectory(): string | undefined {
  const home = directoryOf("HOME");
  const caches = directoryOf("XDG_CACHE_HOME") ??
    (home && (Deno.build.os === "darwin" ? `${home}/Library/Caches` : `${home}/.cache`));
  return caches && `${caches}/widekernels`;
}

/** The directory of the system for what is temporary. */
export const temporaryDirectory = (): string => directoryOf("TMPDIR") ?? "/tmp";

/**
 * The directory that a variable names; one that depends on where the process is counts as none, as the XDG specification has it.
 */
function directoryOf(variable: string): string | undefined {
  const path = environment(variable);
  return path?.startsWith("/") ? path : undefined;
}

/** The value of an environment variable that is set, not empty, and permitted to be read. */
function environment(variable: string): string | undefined {
  if (!isGranted({ name: "env", variable })) return undefined;
  try {
    return Deno.env.get(variable) || undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new Fault(`${variable} must be UTF-8: current value is not, set it to something else`);
  }
}

/** Whether something is permitted, without asking for it. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
