/** Tests of the machine's LAPACK: without it they are ignored or, with REQUIRE_BLAS=1, fail. */
import { lapack } from "../lib/linalg/blas/mod.ts";
import { testsOf } from "./equipment.ts";

/** The routines, or null; loaded before the first test, as they outlive it. */
export const blas = await lapack();

/** Registers a test that needs them. */
export const blasTest = testsOf("BLAS", blas ? null : "no BLAS library");
