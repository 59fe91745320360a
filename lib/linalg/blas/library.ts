/** The machine's BLAS and LAPACK library, where it has one that is worth calling. */
import { guardedRoutines } from "./guarded.ts";
import { type Routine, routines, type RoutineSymbols } from "./routines.ts";

const symbols = {
  ...routines,
  openblas_set_num_threads: { parameters: ["i32"], result: "void", optional: true },
  // Of the C library, which every library depends on.
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
  dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
} as const;

/** Where libraries with 32-bit integers and routines of both kinds are; the netlib reference is no faster than TypeScript. */
const candidates: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: ["libopenblas.so.0", "libopenblas.so"],
  darwin: ["/System/Library/Frameworks/Accelerate.framework/Accelerate"],
};

/** RTLD_NOW | RTLD_NODELETE: threads of the library may still run when the JavaScript that loaded it ends. */
const STAY: Readonly<Partial<Record<typeof Deno.build.os, number>>> = { linux: 0x1002, darwin: 0x82 };

/** A string of C. */
const terminated = (text: string) => new TextEncoder().encode(`${text}\0`);

/** The routines of the first library that can be loaded without asking for a permission; null if there is none. */
export async function openBlas(threads: number): Promise<RoutineSymbols | null> {
  if (typeof globalThis.Deno?.dlopen !== "function") return null;
  if ((await Deno.permissions.query({ name: "ffi" })).state !== "granted") return null;
  for (const path of candidates[Deno.build.os] ?? []) {
    const blas = opened(path);
    if (blas === null) continue;
    const library = blas.dlopen(terminated(path), STAY[Deno.build.os]!);
    blas.openblas_set_num_threads?.(threads);
    return await guardedRoutines((name: Routine) => blas.dlsym(library, terminated(name))) ?? blas;
  }
  return null;
}

/** A library; null if it is not there, or lacks one of the routines. */
function opened(path: string) {
  try {
    return Deno.dlopen(path, symbols).symbols;
  } catch {
    return null;
  }
}
