/** What has to be there before anything is asked of the system; permissions are queried, so that no prompt ever appears. */
import { Obstacle } from "./obstacle.ts";

/** Where to look for a compiler, and where its output is kept. */
export interface Setup {
  /** Command lines of compilers: that of $CC, or the usual ones */
  readonly compilers: readonly (readonly string[])[];
  /** The directory of compiled objects */
  readonly cache: string;
}

/** The setup of this machine; throws an `Obstacle` if there is none. */
export async function findSetup(): Promise<Setup> {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    throw new Obstacle(`it must run on Linux or macOS: current value is ${os}, use its Linux subsystem`);
  }
  const compilers = await permitted(await compilerCommands());
  const cache = await cacheDirectory();
  const isMissing: Record<string, boolean> = {
    "--allow-ffi": !await isGranted({ name: "ffi" }),
    "--allow-run": compilers.length === 0,
    "--allow-env": cache === undefined && !await isGranted({ name: "env", variable: "HOME" }),
    "--allow-read": cache !== undefined && !await isGranted({ name: "read", path: cache }),
    "--allow-write": cache !== undefined && !await isGranted({ name: "write", path: cache }),
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

async function compilerCommands(): Promise<string[][]> {
  const cc = await environment("CC");
  return cc ? [cc.trim().split(/\s+/)] : [["cc"], ["clang"], ["gcc"]];
}

async function permitted(commands: readonly string[][]): Promise<string[][]> {
  const states = await Promise.all(commands.map(([command]) => isGranted({ name: "run", command })));
  return commands.filter((_, i) => states[i]);
}

/** The user's cache directory for this package; undefined if the environment does not tell. */
export async function cacheDirectory(): Promise<string | undefined> {
  const home = await environment("HOME");
  const caches = await environment("XDG_CACHE_HOME") ??
    (home && (Deno.build.os === "darwin" ? `${home}/Library/Caches` : `${home}/.cache`));
  return caches && `${caches}/widekernels`;
}

/** The value of an environment variable that is set, not empty, and permitted to be read. */
async function environment(variable: string): Promise<string | undefined> {
  return await isGranted({ name: "env", variable }) ? Deno.env.get(variable) || undefined : undefined;
}

async function isGranted(permission: Deno.PermissionDescriptor): Promise<boolean> {
  return (await Deno.permissions.query(permission)).state === "granted";
}
