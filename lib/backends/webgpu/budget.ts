/**
 * Every size and limit of the WebGPU backend, with its unit and its reason. Shaders get theirs from here as constants
 * (`constants` in wgsl/text.ts).
 *
 * What a device has (bytes of a buffer, workgroups of a dispatch) is asked of it instead: `Limits` in device/device.ts.
 */

// One submission: short enough for progress, timers and cancellation, long enough to be worth waiting for.

/** Arithmetic operations of the first submission, about 20 ms on a modest GPU and on an emulation; `Pace` adapts it. */
export const FIRST_OPERATIONS = { hardware: 2 ** 31, software: 2 ** 25 };
/** Milliseconds: what is shorter wastes the 10 ms that a wait costs in Deno, so that the next one is twice as long. */
export const SHORT_MS = 25;
/** Milliseconds: what is longer delays progress, timers and cancellation, so that the next one is half as long. */
export const LONG_MS = 50;
/** Submissions of a block of pairs with positions, at most: progress is told block by block. */
export const SUBMISSIONS_PER_BLOCK = 8;
/** Operations of a node of an expression on average: most are one, a transcendental function is about 20. */
export const OPERATIONS_PER_NODE = 3;
/** Turns of all loops of a thread together: Mesa's emulation silently ends them after so many. */
export const MOST_TURNS = 65_535;

// Memory. A limit of 2²⁹ bytes is what a card of 4 GiB has room for several times.

/** Bytes of results that come back at once: the device holds as much twice, the host once more. */
export const STAGING_BYTES = 2 ** 29;
/** Bytes of what is known of the pairs with positions under way, unless one pair needs more: enough to fill a large device. */
export const ARENA_BYTES = 2 ** 29;
/** Bytes of rows with positions that stay on the device after a block has read them. */
export const ROWS_BYTES = 2 ** 29;
/** The same in buffers of the largest size: a device that makes small ones only has little memory. */
export const ROWS_BUFFERS = 4;
/**
 * Bytes of the largest buffer, try after try. Drivers are known to refuse buffers from 37 MB up though there is memory; below
 * 1 MiB the time goes into waiting for the device.
 */
export const LARGEST_BUFFERS = [Infinity, 2 ** 27, 2 ** 25, 2 ** 23, 2 ** 21, 2 ** 20];
/** Compiled shaders that are kept for a device; each takes some 100 KB. */
export const PIPELINES = 64;

// Rows and pairs at once.

/** Rows with positions whose variances are computed at once: every step of theirs waits for the device. */
export const STRIP_ROWS = 64;
/** Pairs with positions in a block: more at once make nothing faster. */
export const BLOCK_PAIRS = 4096;

// Shaders of vectors (shaders/block.wgsl and those that it is part of).

/** Threads of a workgroup along either side. */
export const SIDE = 16;
/** Pairs of a workgroup along either side: a thread holds 4 × 4, so that of each value that it reads four products come. */
export const TILE = 4 * SIDE;
/** Coordinates of the inputs in workgroup memory at once: one for each thread of a row of threads. */
export const SLAB = SIDE;
/** Hermite tables end in zeros up to a multiple of this, so that other data of about the same width has the same shader. */
export const TABLE_PADDING = 16;

// Shaders of networks with positions (shaders/pairs.wgsl and those that it is part of).

/** Values of a pair that a workgroup of an entrywise or linear map computes, one a thread: two warps, or one of AMD's waves. */
export const UNIT = 64;
/** Threads of a workgroup that share a tile or a sum: what every device allows. */
export const MOST_THREADS = 256;
/** Threads of a workgroup at least: a warp. */
export const LEAST_THREADS = 32;
/** Terms of a sum that are added up before they join the total: one long chain drifts, as if all roundings were one way. */
export const RUN = 16;
/** Pieces of work that are submitted together: to encode so many takes JavaScript some 15 ms. */
export const MOST_COMMANDS = 64;
/** Nodes of a chain: so many steps fit into the 64 KiB of uniforms. */
export const MOST_NODES = 256;
/** Steps of a chain's shader are a multiple of this: networks of 1 to 24 convolutions compile 5 shaders, not 24. */
export const STEPS_PADDING = 8;
/** Taps of a shift in a chain: more would make a long text and are rare. */
export const MOST_TAPS = 128;
/** Channels that a turn of the loop in shaders/inputs.wgsl sums. */
export const CHANNELS_PER_TURN = 16;
