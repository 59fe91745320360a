/** What the shaders of feature maps read, each struct declared once: a term of a gather (steps.ts), and the uniforms of a pass. */
import { struct, u32, vec4 } from "../../../backends/webgpu/struct.ts";

/** There is none of this. */
export const NONE = 2 ** 32 - 1;

/** A term; numbers of words and of reals are where its tables start. */
export const termStruct = struct("Term", {
  place: [u32, "Of what is read; NONE for ones"],
  stride: [u32, "Numbers of it an image"],
  width: u32,
  offset: u32,
  signs: [u32, "Among the words, or NONE"],
  starts: [u32, "Of the entries of each output position, among the words; NONE: each position reads itself"],
  entries: [u32, "Position and tap of each"],
  weights: [u32, "Of each, among the reals"],
});

/** A pass; members that its shader does not read are 0. */
export const workStruct = struct("Work", {
  first_image: u32,
  first_unit: u32,
  capacity: [u32, "Images that there is room for"],
  to: [u32, "The value that is written, its positions and columns"],
  positions: u32,
  columns: u32,
  segments: [u32, "Workgroups a row"],
  terms: [u32, "Of a gather: the first of its terms, and how many there are"],
  term_count: u32,
  rounds: [u32, "Rounds of signs and transforms, and where the signs of each are"],
  signs: vec4,
  scale: [u32, "Among the reals, or NONE"],
  shift: u32,
  stride: [u32, "Columns that a transform across segments combines are so far apart"],
  g: [u32, "The features of the NTK of a nonlinearity or a norm"],
  g_columns: u32,
  factors: [u32, "Of a product: its factors, among the words"],
  factor_count: u32,
});

/** The members of a pass. */
export type Work = NonNullable<Parameters<typeof workStruct.words>[0]>;

/** A pass without anything. */
export const noWork: Work = {
  ...{ first_image: 0, first_unit: 0, capacity: 0, to: 0, positions: 0, columns: 0, segments: 1 },
  ...{ terms: 0, term_count: 0, rounds: 0, signs: [], scale: NONE, shift: NONE, stride: 0 },
  ...{ g: 0, g_columns: 0, factors: 0, factor_count: 0 },
};
