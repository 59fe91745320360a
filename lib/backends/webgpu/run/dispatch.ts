/**
 * A dispatch: one shader over all pairs of a block, with what it reads; and how it gets to the device.
 *
 * In: what compiled instructions (run/chain_kernel.ts, run/kernels.ts) say of a dispatch, `units` workgroups a
 * pair. Out: compute passes of `units` × pairs workgroups, split where that is more work than the device's pace: of 10 pairs with
 * 36 workgroups each where 100 are affordable pairs 0 and 1, pairs 2 and 3, …
 */
import type { Entrywise } from "../../../program/entrywise.ts";
import { CHANNELS_PER_TURN } from "../budget.ts";
import type { Buffers, Submissions } from "../device/submissions.ts";
import { type Bindings, encodeDispatch, pipelineOf } from "../device/pipeline.ts";
import type { Region } from "../plan/plan.ts";
import type { ValueType } from "../wgsl/text.ts";
import { addParts, type Divisible, type Part } from "./parts.ts";

/**
 * Bindings of shaders/pairs.wgsl and of those that it is part of: 1 and 2 what an instruction reads besides (inputs, matrices),
 * 3 and 4 features, 5 pairs; 6 the arena, 7 outputs.
 */
const pairBindings: Bindings = { reads: 5, writes: 2 };

/** What all shaders of a job share. */
export interface Context {
  readonly device: GPUDevice;
  readonly type: ValueType;
  /** Channels of the inputs */
  readonly depth: number;
  /** Called between steps of long work on the host */
  readonly breathe: () => Promise<void> | undefined;
}

/** Pairs of inputs that are computed at once. */
export interface PairBlock {
  readonly count: number;
  /** Pairs that the arena has room for */
  readonly capacity: number;
}

/** Which they are. */
export interface PairsOnDevice extends PairBlock {
  /** The row of x1 and of x2 of each, among the rows of the two sides */
  readonly pairs: GPUBuffer;
}

/** Where a program's features are in a buffer. */
export interface FeaturePlace {
  readonly start: number;
  /** Values a row */
  readonly stride: number;
  /** For each table its first column, and how many coefficients there are */
  readonly tables: readonly (readonly [start: number, width: number])[];
}

/** The features of several programs for the same rows. */
export interface FeatureBuffer {
  readonly buffer: GPUBuffer;
  readonly places: ReadonlyMap<Entrywise, FeaturePlace>;
}

/** What a step reads of the rows of one side. */
export interface Operands {
  /** The inputs; null if the program continues a kernel */
  readonly inputs: GPUBuffer | null;
  readonly features: FeatureBuffer;
  /** Of a node that mixes positions */
  readonly matrices: GPUBuffer | null;
}

/** Those of the rows of x1 and of x2. */
export type Sides = readonly [Operands, Operands];

/** The first pair and the first workgroup a pair of a part of a dispatch. */
export interface PartStart {
  readonly first_pair: number;
  readonly first_unit: number;
}

/** A dispatch over all pairs of a block, which may be split. */
export interface Dispatch extends Divisible {
  readonly pipeline: GPUComputePipeline;
  /** The uniforms of a part */
  readonly parameters: (part: PartStart) => readonly number[];
  /** Bindings 1 and 2, 3 and 4, and 7, where the shader reads them */
  readonly operands?: readonly [GPUBuffer, GPUBuffer];
  readonly features?: readonly [FeatureBuffer, FeatureBuffer];
  readonly outputs?: GPUBuffer;
}

/** An instruction that is ready to run. */
export type Kernel = (block: PairBlock, sides: Sides) => Dispatch;

/** The pipeline of a shader. */
export const compiled = ({ device }: Context, text: string): Promise<GPUComputePipeline> =>
  pipelineOf(device, text, pairBindings);

/** The inputs of both sides. */
export const inputsOf = ([first, second]: Sides): [GPUBuffer, GPUBuffer] => [first.inputs!, second.inputs!];

/** Where the region of the first pair is, and how far pairs are apart. */
export const located = ({ start, size }: Region, { capacity }: PairBlock): [number, number] => [
  start * capacity,
  size,
];

/** The same as members of uniforms; zeros where there is none. */
export function sinkOf(region: Region | null, block: PairBlock): { sink: number; sink_stride: number } {
  const [sink, sink_stride] = region ? located(region, block) : [0, 0];
  return { sink, sink_stride };
}

/** The same of what is read. */
export function sourceOf(region: Region, block: PairBlock): { source: number; source_stride: number } {
  const [source, source_stride] = located(region, block);
  return { source, source_stride };
}

const nowhere: FeaturePlace = { start: 0, stride: 0, tables: [] };

/** Where a map's features are among those of x1 and of x2; undefined where it reads none. */
export type FeaturePlaces = readonly [FeaturePlace | undefined, FeaturePlace | undefined];

/** The same as members of uniforms. */
export function featuresOf([first = nowhere, second = nowhere]: FeaturePlaces) {
  return {
    start1: first.start,
    stride1: first.stride,
    start2: second.start,
    stride2: second.stride,
    tables: first.tables.map((table, t) => [...table, ...second.tables[t]]),
  };
}

/** Turns of the loop over the channels of inputs, as shaders/inputs.wgsl has it. */
export const turnsOfInputs = (depth: number): number =>
  Math.floor(depth / CHANNELS_PER_TURN) + depth % CHANNELS_PER_TURN;

/** Turns of a map's Hermite sums for one value. */
export const turnsOfMap = ({ sums }: { readonly sums: number }, place: FeaturePlace | undefined): number =>
  sums * widthOf(place);

const widthOf = (place: FeaturePlace | undefined): number =>
  Math.max(0, ...(place?.tables ?? []).map(([, width]) => width));

/** The values of pairs, and what is bound where a shader reads or writes nothing. */
export interface Arena {
  readonly values: GPUBuffer;
  readonly unread: GPUBuffer;
  readonly unwritten: GPUBuffer;
}

/** Adds all parts of a dispatch to the submissions; `done` pairs of the job are done before. */
export async function run(
  dispatch: Dispatch,
  block: PairsOnDevice,
  arena: Arena,
  submissions: Submissions,
  done: number,
): Promise<void> {
  await addParts(dispatch, block.count, submissions, done, (part, encoder, scratch) => {
    encode(dispatch, block, arena, part, encoder, scratch);
  });
}

function encode(
  { pipeline, parameters, operands, features, outputs }: Dispatch,
  block: PairsOnDevice,
  { values, unread, unwritten }: Arena,
  { item, items, unit, units }: Part,
  encoder: GPUCommandEncoder,
  scratch: Buffers,
): void {
  // What a shader does not bind is bound to something small: the layout is the same for all of them.
  const uniforms = Uint32Array.from(parameters({ first_pair: item, first_unit: unit }));
  const buffers = [
    scratch.upload(uniforms, GPUBufferUsage.UNIFORM),
    operands?.[0] ?? unread,
    operands?.[1] ?? unread,
    features?.[0].buffer ?? unread,
    features?.[1].buffer ?? unread,
    block.pairs,
    values,
    outputs ?? unwritten,
  ];
  encodeDispatch(scratch.device, encoder, pipeline, buffers, [units, items]);
}
