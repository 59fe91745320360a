/** The machine's LAPACK, for those who can do without. */
import type { Lapack } from "./blas/mod.ts";

/** The machine's LAPACK, or null; its code is loaded only where there is Deno. */
export async function machineLapack(): Promise<Lapack | null> {
  if (typeof globalThis.Deno?.dlopen !== "function") return null;
  return await (await import("./blas/mod.ts")).lapack();
}
