/**
 * Runs Deno with all arguments but the first. What the native backend compiles is kept in `.cache/<first argument>` of the
 * repository: a second run finds it there, and the documentation test of `clearCache` leaves the user's own alone.
 */
import { denoDir } from "../bench/children.ts";

/** Where Linux has its drivers of Vulkan, unless a variable names others. */
const DRIVERS = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/**
 * WebGPU by Vulkan alone, where there are drivers and nothing else is asked for. Deno would load EGL too, whose library (libglvnd
 * 1.6) frees what a thread has of it a second time if the thread ends while the process does, as threads of `deno test` do: about
 * one process in 300 dies then of a damaged heap, after all of its tests have passed.
 */
async function withoutEgl(): Promise<Record<string, string>> {
  const isChosen = ["DENO_WEBGPU_BACKEND", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"].some((name) =>
    Deno.env.has(name)
  );
  if (Deno.build.os !== "linux" || isChosen) return {};
  const drivers = await Promise.all(
    DRIVERS.map((path) => Array.fromAsync(Deno.readDir(path)).catch(() => [])),
  );
  return drivers.flat().length > 0 ? { DENO_WEBGPU_BACKEND: "vulkan" } : {};
}

const [name, ...args] = Deno.args;
const XDG_CACHE_HOME = `${import.meta.dirname}/../.cache/${name}`;
// Deno would look for what it has downloaded there, too.
const env = { XDG_CACHE_HOME, DENO_DIR: await denoDir(), ...await withoutEgl() };
const { code } = await new Deno.Command(Deno.execPath(), { args, env }).spawn().status;
Deno.exit(code);
