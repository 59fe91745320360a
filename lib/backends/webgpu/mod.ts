/**
 * The WebGPU backend as all code loads it: what it needs to say whether there can be a graphics card. backend.ts has the rest,
 * and is loaded only where it is asked what it can do, or used.
 */
import type { Backend, Engine } from "../backend.ts";

/** What the kernel of Linux shows of a graphics card. */
const PATHS = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd"];

/**
 * False on a Linux machine without a graphics card: opening WebGPU there finds an emulation at best, and loading that costs
 * 80 MiB and a tenth of a second. True wherever this cannot be known.
 */
function mayHaveHardware(): boolean {
  if (globalThis.Deno?.build.os !== "linux") return true;
  return PATHS.some(exists);
}

/** True as well if it may not be looked at. */
function exists(path: string): boolean {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return true;
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

const load = async (): Promise<Engine> => (await import("./backend.ts")).webgpu;

/** The WebGPU backend. */
export const webgpu: Backend = {
  name: "webgpu",
  availability: async () => await (await load()).availability(),
  plausible: mayHaveHardware,
  precisionOf: (dtype) => dtype,
  run: async (job) => await (await load()).run(job),
};
