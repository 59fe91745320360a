/** Removes what the native backend has stored. */

/**
 * Removes all compiled code from the user's cache directory; what a process has loaded stays usable in it, and what one is
 * compiling at the moment is kept. Nothing else in the directory is touched, and no symbolic link is followed.
 *
 * @throws {Deno.errors.NotCapable} without permission to read and write there.
 *
 * @example Compiled anew, with the same result
 * ```ts
 * import * as stax from "../stax/mod.ts";
 * import { clearCache } from "./clear_cache.ts";
 * await clearCache();
 * const nngp = await stax.Dense(1, { wStd: 2 }).kernelFn([[3]], null, "nngp");
 * if (nngp.at(0, 0) !== 36) throw new Error("2²·3² must be 36");
 * ```
 */
export async function clearCache(): Promise<void> {
  if (typeof globalThis.Deno?.dlopen !== "function") return;
  const { existingCaches } = await import("./cache.ts");
  const { isBeingMade, stored, withdraw } = await import("./file_cache.ts");
  for (const { path: cache } of existingCaches()) {
    for (const { kind, path } of await stored(cache)) {
      if (kind !== "draft" || !isBeingMade(path, false)) await withdraw(cache, path);
    }
  }
}
