/** What has to be there before anything is asked of the system; permissions are queried, so that no prompt ever appears. */

/** Where to look for a compiler, and where its output is kept. */
export interface Setup {
  /** Command lines of compilers: that of $CC, or the usual ones */
  readonly compilers: readonly (readonly string[])[];
  /** The directory of compiled objects */
  readonly cache: string;
}

/** The setup of this machine, or the reason why there is none. */
export async function findSetup(): Promise<Setup | string> {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    return `it must run on Linux or macOS: current value is ${os}, use its Linux subsystem`;
  }
  const cc = await environment("CC");
  const compilers = cc ? [cc.trim().split(/\s+/)] : [["cc"], ["clang"], ["gcc"]];
  const allowed = await filter(compilers, ([command]) => isGranted({ name: "run", command }));
  const cache = await cacheDirectory();
  const missing = [
    !await isGranted({ name: "ffi" }) && "--allow-ffi",
    allowed.length === 0 && "--allow-run",
    cache === undefined && "--allow-env",
    cache !== undefined && !await isGranted({ name: "read", path: cache }) && "--allow-read",
    cache !== undefined && !await isGranted({ name: "write", path: cache }) && "--allow-write",
  ].filter((flag) => flag);
  if (cache !== undefined && missing.length === 0) return { compilers: allowed, cache };
  return `it must be permitted to compile and load C code: current value is without ${missing.join(" ")}`;
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

async function filter<T>(values: readonly T[], keeps: (value: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(values.map(keeps));
  return values.filter((_, i) => kept[i]);
}
