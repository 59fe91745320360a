/** The machine's BLAS and LAPACK library, where it has one that is worth calling. */

const int = "i32", real = "f64", array = "pointer", length = "usize";

/** Fortran routines take pointers, and at the end the lengths of their strings. */
const symbols = {
  cblas_dgemm: {
    parameters: [int, int, int, int, int, int, real, array, int, array, int, real, array, int],
    result: "void",
    nonblocking: true,
  },
  cblas_dsyrk: {
    parameters: [int, int, int, int, int, real, array, int, real, array, int],
    result: "void",
    nonblocking: true,
  },
  cblas_dtrsm: {
    parameters: [int, int, int, int, int, int, int, real, array, int, array, int],
    result: "void",
    nonblocking: true,
  },
  dpotrf_: { parameters: [array, array, array, array, array, length], result: "void", nonblocking: true },
  dsyevd_: {
    parameters: [array, array, array, array, array, array, array, array, array, array, array, length, length],
    result: "void",
    nonblocking: true,
  },
  openblas_set_num_threads: { parameters: [int], result: "void", optional: true },
  // Of the C library, which every library depends on.
  malloc: { parameters: [length], result: array },
  free: { parameters: [array], result: "void" },
  dlopen: { parameters: ["buffer", int], result: array, optional: true },
} as const;

/** The routines. */
export type BlasSymbols = Deno.DynamicLibrary<typeof symbols>["symbols"];

/** Where libraries with 32-bit integers and routines of both kinds are; the netlib reference is no faster than TypeScript. */
const candidates: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: ["libopenblas.so.0", "libopenblas.so"],
  darwin: ["/System/Library/Frameworks/Accelerate.framework/Accelerate"],
};

/** RTLD_NOW | RTLD_NODELETE */
const STAY: Readonly<Partial<Record<typeof Deno.build.os, number>>> = { linux: 0x1002, darwin: 0x82 };

/** The first library that can be loaded without asking for a permission; null if there is none. */
export async function openBlas(): Promise<BlasSymbols | null> {
  if (typeof globalThis.Deno?.dlopen !== "function") return null;
  if ((await Deno.permissions.query({ name: "ffi" })).state !== "granted") return null;
  for (const path of candidates[Deno.build.os] ?? []) {
    try {
      const blas = Deno.dlopen(path, symbols).symbols;
      // Its threads may still run when the JavaScript that loaded it ends.
      blas.dlopen?.(new TextEncoder().encode(`${path}\0`), STAY[Deno.build.os]!);
      return blas;
    } catch {
      // Not there, or without one of the routines: the next may do.
    }
  }
  return null;
}
