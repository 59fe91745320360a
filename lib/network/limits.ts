/** How much a layer may be asked for. Beyond these, memory or minutes would run out before an error could say why. */

/** Most of anything that a network is built of: layers, repetitions, positions of a window; checking more would take minutes. */
export const MOST_PARTS = 2 ** 16;

/** Levels of layers within layers: each is a few calls within calls, and the stack has room for about ten thousand. */
export const MOST_LEVELS = 128;

/** Branches of one layer: a kernel is computed for each. */
export const MOST_BRANCHES = 1024;

/** Axes of positions. */
export const MOST_AXES = 16;

/** The largest scale or shift of a nonlinearity, without unit: its fourth power is a number in every precision. */
export const LARGEST_SCALE = 1e9;

/**
 * The highest degree of a nonlinearity: kernels have this many terms for each layer; for points of variance 1 those of powers
 * overflow from degree 150 on.
 */
export const LARGEST_DEGREE = 512;
