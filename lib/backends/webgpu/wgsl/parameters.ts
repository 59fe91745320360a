/**
 * The uniforms of every shader (binding 0): what one dispatch, or one part of it, is told by the host.
 *
 * A struct here gives its shader the declaration (`text`) and the host what it uploads (`words`); members are named once for both.
 * What is said of a member goes into the WGSL as well.
 */
import { array, struct, u32, vec4 } from "../struct.ts";

/** Of the shaders of vectors: a block of pairs. */
export const blockStruct = struct("Block", {
  rows: u32,
  cols: u32,
  row: [u32, "Of the first pair among all pairs"],
  col: u32,
  depth: [u32, "Length of a row of inputs"],
  slabs_per_sum: [u32, "Slabs that are summed apart before they join the total"],
  triangle: [u32, "1: pairs below the diagonal are not wanted"],
});

/**
 * What the shaders of networks with positions begin with: where a part of a dispatch starts, whose workgroup (x, y) is number
 * first_unit + x of pair first_pair + y.
 */
const part = { first_pair: u32, first_unit: u32 };
// Members that several structs have. Regions of the arena are in values, features in numbers.

const source = {
  source: [u32, "Where the values of the first pair are, and how far pairs are apart"],
  source_stride: u32,
} as const;
const sink = {
  sink: [u32, "Where the result of the first pair goes, and how far pairs are apart"],
  sink_stride: u32,
} as const;
const entries = [u32, "Values that are wanted: all, or the diagonal"] as const;
const features = {
  start1: [u32, "Where the map's features start among those of x1 and of x2, and how far rows are apart"],
  stride1: u32,
  start2: u32,
  stride2: u32,
  tables: [
    array(vec4, "TABLES"),
    "Of each table the first coefficient and the number of them, for x1 and for x2",
  ],
} as const;
const sources = [
  array(vec4, "SOURCES"),
  "Where the arena has what is read, and how far pairs are apart",
] as const;

/** Of an entrywise map, or the covariance of the inputs: the first reads no inputs, the second no features and no sources. */
export const workStruct = struct("Work", {
  ...part,
  pairs: u32,
  depth: u32,
  ...sink,
  entries,
  positions: u32,
  ...features,
  sources,
});

/** A step of a chain: what run/chain_kernel.ts writes, by the numbers that wgsl/chain_text.ts gives the parts of its text. */
export const stepStruct = struct("Step", {
  read: [u32, "0: the inputs, 1: the first source, 2 + k: convolution k of the tile"],
  place: [u32, "Which positions the slots are"],
  map: [u32, "0: none, 1 + k: map k"],
  write: [u32, "0: the tile, 1: the arena, 2: the sum over the tile"],
  ...features,
});

/** Of a chain: its workgroups a pair are its classes of offsets. */
export const chainStruct = struct("Chain", {
  ...part,
  steps: u32,
  depth: u32,
  ...sink,
  sources,
  step: array(stepStruct, "STEPS"),
});

/** Of a linear map along an axis: positions are numbered (around before, along, around behind), row-major. */
export const axisStruct = struct("Axis", {
  ...part,
  ...source,
  ...sink,
  entries,
  local: [u32, "1: there is nothing off the diagonal"],
  outer: [u32, "Positions around the axis"],
  inner: u32,
  size: [u32, "Positions along it, before and after the map"],
  out_size: u32,
  terms: u32,
});

/** Of half of a linear map with matrices of the inputs: A₁·(K·A₂ᵀ) takes two dispatches. */
export const mixStruct = struct("Mix", {
  ...part,
  ...source,
  ...sink,
  entries,
  positions: u32,
  side: [u32, "2: over q, 1: over p"],
});

/** Of the sum over the values of a pair. */
export const totalStruct = struct("Total", {
  ...part,
  source: u32,
  count: [u32, "Values a pair"],
  sink: u32,
});
