/** Which backends there are. */
import type { Availability } from "./backend.ts";

/**
 * What each backend can do on this machine, fastest first, and why the others are not available. Opens the GPU's device and
 * looks for a C compiler, each once.
 *
 * @returns one entry a backend: `webgpu`, `native`, `reference`
 *
 * @example The reference backend runs anywhere
 * ```ts
 * import { backends } from "./mod.ts";
 * const reference = (await backends()).find(({ name }) => name === "reference");
 * if (!reference?.dtypes.includes("float64")) throw new Error("reference is always available");
 * ```
 */
export async function backends(): Promise<Availability[]> {
  const { availabilities } = await import("./choose.ts");
  return await availabilities();
}
