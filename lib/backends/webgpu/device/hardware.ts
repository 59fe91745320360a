/** Whether this machine can have a graphics card at all. */

/** What the kernel of Linux shows of a graphics card. */
const PATHS = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd"];

/**
 * False on a Linux machine without a graphics card: opening WebGPU there finds an emulation at best, and loading that costs
 * 80 MiB and a tenth of a second. True wherever this cannot be known.
 */
export function mayHaveHardware(): boolean {
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
