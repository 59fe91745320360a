/** Every size of the reference backend, with its unit and its reason. */
import type { Lengths } from "../../program/pieces.ts";

/** Rows and columns of a tile of pairs of vectors: two tiles of float64 values (cov, ntk) stay in a 256 KiB cache. */
export const TILE = 96;

/** Operations of a tile, so that an abort and timers are heard soon; a hundred layers take more than a second for a whole one. */
export const TILE_OPERATIONS = 1_000_000;

/** Operations of the map of a pair of inputs with positions that are done in a step, some milliseconds. */
export const STEP_OPERATIONS = 500_000;

/**
 * Operations of a map that is one function, about fifty layers. V8 reads so many in 15 ms; it never optimises functions of more than
 * 60 KiB of its code, some 5000 operations, which then take five times as long.
 */
export const WHOLE = 3000;

/** Operations of each function of a longer map: with 150 or 600 it takes as long or longer, to compile and to run. */
export const FUNCTION_LENGTHS: Lengths = { longest: 300, shortest: 150 };

/** Operations with twice the digits that are done in a step, some milliseconds. */
export const DOUBLED_STEP = 50_000;

/** Operations that stand in for those of another backend whose precision is too narrow: a minute or two of them, in float64 … */
export const OPERATIONS = 2 ** 33;

/** … and with twice the digits, some 300 ns each. What takes more is computed there all the same, with a warning. */
export const DOUBLED_OPERATIONS = 2 ** 28;
