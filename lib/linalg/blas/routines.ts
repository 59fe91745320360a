/** The routines of BLAS and LAPACK that this package calls, as the machine takes them. */

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
