/** The native backend; its code is loaded only where there is Deno. */
import type { Backend } from "../backend.ts";
import { lacks } from "./spatial/lacks.ts";

let loaded: Promise<Backend> | undefined;

const load = (): Promise<Backend> => loaded ??= start();

async function start(): Promise<Backend> {
  const [{ nativeBackend }, { processors }] = await Promise.all([
    import("./backend.ts"),
    import("./pool.ts"),
  ]);
  return nativeBackend(processors);
}

/** C compiled for this machine's processors. */
export const native: Backend = {
  name: "native",
  availability: async () => {
    if (typeof globalThis.Deno?.dlopen === "function") return await (await load()).availability();
    const reason = "it must run in Deno: current value is another runtime";
    return { name: "native", dtypes: [], device: "", fast: false, reason };
  },
  run: async (job) => await (await load()).run(job),
  runSpatial: async (job) => await (await load()).runSpatial!(job),
  lacks,
};

/**
 * Removes all compiled code from the user's cache directory; what a process has loaded stays usable in it.
 *
 * @throws {Deno.errors.NotCapable} without permission to write there.
 *
 * @example Compiled anew, with the same result
 * ```ts
 * import * as stax from "../../stax/mod.ts";
 * import { clearCache } from "./mod.ts";
 * await clearCache();
 * const nngp = await stax.Dense(1, { wStd: 2 }).kernelFn([[3]], null, "nngp");
 * if (nngp.at(0, 0) !== 36) throw new Error("2²·3² must be 36");
 * ```
 */
export async function clearCache(): Promise<void> {
  if (typeof globalThis.Deno?.dlopen !== "function") return;
  const { cacheDirectory } = await import("./setup.ts");
  const { removeIfThere } = await import("./objects.ts");
  const cache = await cacheDirectory();
  if (cache !== undefined) await removeIfThere(cache);
}
