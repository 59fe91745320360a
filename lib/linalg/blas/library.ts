/**
 * The machine's BLAS and LAPACK library, where it has one that is worth calling. Out: its routines, whose calls the end of JavaScript
 * waits for where there is a compiler to guard them.
 */
import { Guard } from "../../ffi/guard.ts";
import { loadObject } from "../../ffi/objects.ts";
import { Obstacle } from "../../ffi/setup.ts";
import { findToolchain } from "../../ffi/compiler.ts";
import guarded from "../../ffi/guarded.c" with { type: "text" };
import calls from "./calls.c" with { type: "text" };

const int = "i32", real = "f64", array = "buffer", length = "usize";

/** Fortran routines take pointers, and at the end the lengths of their strings. */
export const routines = {
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
  dpotri_: { parameters: [array, array, array, array, array, length], result: "void", nonblocking: true },
  dsyevd_: {
    parameters: [array, array, array, array, array, array, array, array, array, array, array, length, length],
    result: "void",
    nonblocking: true,
  },
} as const;

/** The name of a routine. */
export type Routine = keyof typeof routines;

/** The routines, off the JavaScript thread. */
export type RoutineSymbols = Pick<Deno.DynamicLibrary<typeof routines>["symbols"], Routine>;

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

const names = Object.keys(routines) as Routine[];
const header = "typedef long long integer;\n#define INLINE static inline\n";

/** The C text of the guarded routines. */
export const guardedText = header + guarded + calls;

/** Every routine with the guard and its own address in front. */
const guardedSymbols: Deno.ForeignLibraryInterface = {
  watch_forks: { parameters: ["pointer"], result: "void" },
  ...Object.fromEntries(names.map((name) => {
    const { parameters, result } = routines[name];
    return [`${name}_`, { parameters: ["pointer", "pointer", ...parameters], result, nonblocking: true }];
  })),
};

/** The routines at these addresses, guarded; null if code cannot be compiled or loaded here. */
async function guardedRoutines(
  addressOf: (name: Routine) => Deno.PointerValue,
): Promise<RoutineSymbols | null> {
  try {
    const toolchain = await findToolchain();
    const library = await loadObject(toolchain, guardedText, guardedSymbols);
    const compiled = library.symbols as unknown as Record<string, (...args: unknown[]) => Promise<void>>;
    compiled.watch_forks(addressOf(names[0]));
    const guard = await Guard.open(toolchain);
    const routine = (name: Routine) => {
      const address = addressOf(name);
      return (...args: unknown[]) => guard.run(() => compiled[`${name}_`](guard.pointer, address, ...args));
    };
    return Object.fromEntries(names.map((name) => [name, routine(name)])) as unknown as RoutineSymbols;
  } catch (error) {
    if (error instanceof Obstacle) return null;
    throw error;
  }
}
