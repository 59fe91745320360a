/** A compiled shader over the pairs of a block, and what a dispatch of it needs. */
import { type Bindings, pipelineOf } from "../pipeline.ts";
import type { FeatureBuffer, FeaturePlace } from "./features.ts";
import type { Region } from "./regions.ts";
import type { ValueType } from "./text.ts";

/** Bindings 0 to 7 of shaders/pairs.wgsl and the shaders that it is part of. */
export const spatialBindings: Bindings = [
  "uniform",
  "read-only-storage",
  "read-only-storage",
  "read-only-storage",
  "read-only-storage",
  "read-only-storage",
  "storage",
  "storage",
];

/** What all shaders of a job share. */
export interface Context {
  readonly device: GPUDevice;
  readonly type: ValueType;
  /** Channels of the inputs */
  readonly depth: number;
}

/** Pairs of inputs on the device. */
export interface PairBlock {
  readonly count: number;
  /** The row of x1 and of x2 of each, among the rows of the two sides */
  readonly pairs: GPUBuffer;
  /** Pairs that the arena has room for */
  readonly capacity: number;
  /** The inputs of both sides; null if the program continues a kernel */
  readonly inputs: readonly [GPUBuffer, GPUBuffer] | null;
}

/** The features that a shader reads, of the rows of x1 and of x2. */
export type Features = readonly [FeatureBuffer, FeatureBuffer];

/** A dispatch over all pairs of a block, which may be split. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  /** Workgroups a pair, and the operations of one */
  readonly units: number;
  readonly operations: number;
  /** The uniforms, of which the first two are the first pair and the first workgroup of a part */
  readonly parameters: readonly number[];
  /** Bindings 1, 2 and 7 where the shader reads them */
  readonly left?: GPUBuffer;
  readonly right?: GPUBuffer;
  readonly outputs?: GPUBuffer;
}

/** The pipeline of a shader. */
export const compiled = ({ device }: Context, text: string): Promise<GPUComputePipeline> =>
  pipelineOf(device, text, spatialBindings);

/** Where the region of the first pair is, and how far pairs are apart. */
export const located = (
  { start, size }: Region,
  { capacity }: PairBlock,
): [number, number] => [start * capacity, size];

const nowhere: FeaturePlace = { start: 0, stride: 0, tables: [] };

/** start1, stride1, start2, stride2 of a map's features, and those of `tables` tables; zeros for no map. */
export function featureParameters(
  places: readonly [FeaturePlace | undefined, FeaturePlace | undefined],
  tables: number,
): number[] {
  const [first, second] = places.map((place) => place ?? nowhere);
  const ranges = Array.from({ length: tables }, (_, t) => [
    ...first.tables[t] ?? [0, 0],
    ...second.tables[t] ?? [0, 0],
  ]);
  return [first.start, first.stride, second.start, second.stride, ...ranges.flat()];
}

/** Arithmetic operations of a node of an expression on average: most are one, a transcendental function is about 20. */
export const OPERATIONS_PER_NODE = 3;

/** Operations of a map for one value. */
export function mapOperations(
  { size, sums }: { size: number; sums: number },
  place: FeaturePlace | undefined,
): number {
  const width = Math.max(0, ...(place?.tables ?? []).map(([, width]) => width));
  return OPERATIONS_PER_NODE * (size + sums * width);
}
