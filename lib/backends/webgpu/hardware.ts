/** Whether this machine can have a graphics card at all. */

/** What the kernel of Linux shows of a graphics card. */
const PATHS = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd"];

/**
 * False on a Linux machine without a graphics card: opening WebGPU there finds an emulation at best, and loading that costs
 * 80 MiB and a tenth of a second. True wherever this cannot be known.
 */
export async function mayHaveHardware(): Promise<boolean> {
  if (globalThis.Deno?.build.os !== "linux") return true;
  const seen = await Promise.all(PATHS.map(exists));
  return seen.some((found) => found);
}

/** True as well if it may not be looked at. */
async function exists(path: string): Promise<boolean> {
  if ((await Deno.permissions.query({ name: "read", path })).state !== "granted") return true;
  return await Deno.stat(path).then(() => true, (error) => !(error instanceof Deno.errors.NotFound));
}
