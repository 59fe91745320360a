/**
 * Every size and limit of this backend: its unit, and why it is what it is. Times are of 2026 processors with AVX2 or AVX-512.
 *
 * C has those that it needs as constants in front of its sources (`vectorConstants`, `positionConstants`, `resultConstants`), so
 * that none is written twice. Elsewhere is only what follows from something else: register tiles from the registers of a processor
 * (tiles.c), cycles from its operations (statements.ts), the time that a compiler may take from the length of a text
 * (ffi/compiler.ts).
 */
import { bytesOf, type DType } from "../../array/dtype.ts";
import type { Lengths } from "../../program/pieces.ts";
import { constantsText } from "./struct.ts";

/** Bytes of a huge page of memory. */
const PAGE = 2 ** 21;

// Kernel matrices of vectors

/** Pairs, the side of a tile: its rows and results stay in the cache, and register tiles of every vector width divide it. */
export const TILE = 96;

/** n rounded up to whole tiles. */
export const padded = (n: number): number => Math.ceil(n / TILE) * TILE;

/** Terms: sums of Hermite series end at a multiple of it, where the rest is `NEGLIGIBLE`. */
export const HERMITE_STEP = 8;

/** What a Hermite sum may leave out, relative to the root of the sums of both points with themselves: far less than rounding. */
export const NEGLIGIBLE: Readonly<Record<DType, number>> = { float64: 2 ** -60, float32: 2 ** -32 };

/** A ratio: so much wider is the test for near pairs by rounded products than the one that decides, by those in double precision. */
export const NEAR_MARGIN = 1.125;

/** What tiles.c, near.c, strips.c and the maps of vectors are compiled with. */
export const vectorConstants: string = constantsText({
  TILE,
  HERMITE_STEP,
  // Vectors of a strip that a Hermite sum is computed for at a time: they wait for each other's steps, and fit the registers
  HERMITE_VECTORS: 6,
  // Coordinates of a panel, and of the rows that it is multiplied with, that stay in the nearest caches
  DEPTH: 256,
  // Columns whose products are added up side by side: each addition to a sum waits for the one before
  PRODUCTS_TOGETHER: 4,
  PAGE,
});

// Networks with positions

/** How many axes of positions the C code has room for. */
export const AXES = 6;

/** Bytes of a block of inputs side by side: the longest vectors, so that values have the same bits on every processor. */
const BLOCK_BYTES = 64;

/** Inputs of a block. */
export const lanesOf = (dtype: DType): number => BLOCK_BYTES / bytesOf[dtype];

/** Positions of networks with attention or aggregation: beyond, the matrices of all inputs take too much memory. */
export const MOST_MIXED = 256;

/** Values of a tile: they are counted in 32 bits. */
export const MOST_VALUES = 2 ** 31;

/**
 * Rows of x1 of a task, at most: tiles of so many, and the features of a node, fit the level-2 cache. With one, 21 convolutions take
 * 1.06 to 1.09 of the time on 32 × 32 pixels, 1.03 on 16 × 16, and Myrtle-5 takes 1.05.
 */
export const MOST_TOGETHER = 2;

/** Tasks of every thread, at least: they take unequal times. */
export const TASKS = 4;

/** Inputs or positions that pieces of a function of rows compute at a time: what they keep for each other stays in the cache. */
export const ROWS_CHUNK = 64;

/** What the driver and the maps of networks with positions are compiled with. */
export const positionConstants: string = constantsText({
  AXES,
  BLOCK_BYTES,
  // Points before the first and after the last one of a list: pipelines, of fewer stages, run over the ends
  MARGIN: 4,
  // Terms of a window or of a product that are summed one after the other: the roundings of one long chain would add up
  LONGEST: 64,
  // The same where sums go on in double precision: as many as the digits of a vector register bear
  RUN: 32,
  // Terms from which sums in float32 go on in double precision: all equal terms are rounded alike
  MOST_SINGLE: 144,
  // Points that pieces of a map compute at a time: what they keep for each other stays in the nearest cache
  CHUNK: 64,
  // Sums that are formed side by side: every addition to one waits for the one before
  GROUP: 4,
  // Rows of a covariance that are mixed at a time, and positions whose sums are formed on their own
  MIXED: 16,
  // Bytes of a thread for features of rows, which the blocks of columns read again and again: with the features of one row alone 21
  // convolutions on 16 × 16 pixels take 2.2 times as long
  FEATURE_BYTES: 64 * 2 ** 20,
  PAGE,
});

// C text

/**
 * Operations of a piece of a map over a strip of pairs. Few, because the steps of a layer wait for each other: a processor looks a few hundred
 * instructions ahead, and a short loop lets it work on several pairs at once. It takes a tenth off the time of GELU layers.
 */
export const STRIP_LENGTHS: Lengths = { longest: 30, shortest: 15 };

/** The same of a map at points, and of functions of rows; twice or three times as many take longer to compile and to run. */
export const POINT_LENGTHS: Lengths = { longest: 100, shortest: 50 };

/**
 * Operations up to which a map at points is one function: one nonlinearity has up to 275, and whole it is a pipeline. Beyond, where
 * the time of compilers would grow with the square of the length, every piece is a function (50 rectifiers: 66 s whole, 10 s in
 * pieces, which take half the time to run as well).
 */
export const WHOLE = 300;

/** Operations: what depends on the features alone is computed again for every pair rather than kept. */
export const CHEAP = 12;

/**
 * Neighbours of a window that is written out, with its columns in registers, in 0.5 to 0.6 of the time. More are a loop, whose text
 * has the same length for every size: with 11 × 11 compilers take as long for either, with 15 × 15 twice as long.
 */
export const WRITTEN_OUT = 121;

/** Cycles of a stage of a pipeline, and until a leaf is loaded. */
export const STAGE_CYCLES = 40;
export const LOAD_CYCLES = 6;

/** Cycles that a loop over a window counts for, whatever its length: texts must not depend on that. */
export const LOOP_CYCLES = 40;

/**
 * Stages of a pipeline: the values that wait between two of them take registers. With one stage, 21 convolutions of ReLU with a global
 * pooling take 1.07 to 1.12 of the time.
 */
export const MOST_STAGES = 3;

// Running

/**
 * Milliseconds that one call into C takes before JavaScript reports progress and lets another computation have the thread. Coming
 * back costs a processor about one.
 */
export const SLICE_MS = 100;

/** Bytes of all results of a job that memory is kept for: a few times as much may wait for the garbage collector. */
export const MOST_KEPT = 2 ** 30;

/** Bytes of results that cost as much to clear as loading the module that keeps them takes. */
export const WORTH_LOADING = 2 ** 27;

/** What results.c is compiled with: how many blocks of memory it keeps, of whole pages, which are huge where there are any. */
export const resultConstants: string = constantsText({ KEPT: 16, PAGE });
