/** Tests of the machine's LAPACK: without it they are ignored or, with REQUIRE_BLAS=1, fail. */
import { lapack } from "../lib/linalg/blas/mod.ts";
import { testsOf } from "./equipment.ts";

/** The routines, or null; loaded before the first test, as they outlive it. */
export const blas = await lapack();

/** Why these tests cannot run here; null where they can. */
export const obstacle = blas ? null : "no BLAS library";

/** Registers a test that needs the routines. */
export const blasTest = testsOf("BLAS", obstacle);
