/**
 * Chains of nodes (plan/chain.ts) as dispatches of one shader (wgsl/chain_text.ts), which is told in steps what to do: to compute
 * all nodes for a pair of inputs and a class of offsets, or one of them for the variances. Of the nodes 1 and 2, both shifts, from
 * the inputs:
 *
 *     { read: inputs,        place: 0, map: 1, write: tile }     the covariance of the inputs, and the map of node 1
 *     { read: convolution 0, place: 1, map: 2, write: tile }     the shift of node 1, and the map of node 2
 *     { read: convolution 1, place: 2, map: 0, write: arena }    the shift of node 2
 *
 * At the end, what the device will find for the variances of these nodes, computed on the host by the same operations (`shifted`),
 * so that one wait for the device (run/diagonal_pass.ts) is enough for a chain.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { Entrywise } from "../../../program/entrywise.ts";
import { inTurns } from "../../../steps.ts";
import { type Chain, type Shift, slotsOf } from "../plan/chain.ts";
import type { ChainInstruction, Region } from "../plan/plan.ts";
import { type ChainShader, chainShader } from "../wgsl/chain_text.ts";
import { mapOperations } from "../wgsl/text.ts";
import { chainStruct } from "../wgsl/parameters.ts";
import {
  compiled,
  type Context,
  type Dispatch,
  featuresOf,
  inputsOf,
  type Kernel,
  located,
  type PairBlock,
  type PartStart,
  type Sides,
  sinkOf,
  turnsOfInputs,
  turnsOfMap,
} from "./dispatch.ts";

/** A chain on the device. */
export interface ChainKernel {
  /** All of it */
  readonly run: Kernel;
  /** The variances of the inputs, where the chain begins there */
  readonly inputs: (block: PairBlock, sides: Sides, sink: Region) => Dispatch;
  /** Those of its k-th node, a shift, from those of the node before it, or of all nodes that the first one reads */
  readonly node: (
    block: PairBlock,
    sides: Sides,
    k: number,
    sources: readonly Region[],
    sink: Region,
  ) => Dispatch;
}

/** What a dispatch of a chain's shader computes. */
interface Task {
  readonly steps: readonly ChainStep[];
  readonly sources: readonly Region[];
  readonly sink: Region;
  /** Classes of offsets */
  readonly classes: number;
}

/** Compiles a chain. Variances come from the same shader as covariances: where they have to be equal they are so bit by bit. */
export async function compileChain(instruction: ChainInstruction, context: Context): Promise<ChainKernel> {
  const { chain, fromInputs } = instruction;
  const shader = await inTurns(chainShader(chain, fromInputs, context.type), context.breathe);
  const pipeline = await compiled(context, shader.text);
  const dispatch = (task: Task, block: PairBlock, sides: Sides): Dispatch => ({
    pipeline,
    units: task.classes,
    operations: operationsOf(instruction, shader, task, sides),
    turns: turnsOf(instruction, shader, task, sides, context.depth),
    parameters: (part) => parametersOf(shader, task, part, block, sides, context.depth),
    features: [sides[0].features, sides[1].features],
    ...fromInputs && { operands: inputsOf(sides) },
  });
  const all = { ...instruction, steps: allSteps(chain, shader, fromInputs) };
  return {
    run: (block, sides) => dispatch(all, block, sides),
    inputs: (block, sides, sink) =>
      dispatch({ steps: inputSteps(shader), sources: [], sink, classes: 1 }, block, sides),
    node: (block, sides, k, sources, sink) =>
      dispatch({ steps: nodeSteps(chain, shader, k), sources, sink, classes: 1 }, block, sides),
  };
}

/**
 * What a workgroup costs, for the size of submissions.
 *
 * Operations of a workgroup, roughly: the place of a slot, the taps of the largest shift, the maps.
 */
function operationsOf(
  { chain: { shifts, geometries } }: ChainInstruction,
  { mapTexts }: ChainShader,
  { steps }: Task,
  [{ features }]: Sides,
): number {
  const taps = shifts.map((axes) => axes.reduce((product, shift) => product * shift.taps.length, 1));
  const perMap = steps.flatMap(({ map }) => {
    if (!map) return [];
    const text = mapTexts[map.number];
    return [mapOperations(text.size, turnsOfMap(text, features.places.get(map.program)))];
  });
  const perStep = 20 + 4 * Math.max(0, ...taps);
  const perSlot = perMap.reduce((sum, operations) => sum + operations, steps.length * perStep);
  return slotsOf(geometries[0]) * perSlot;
}

/** Turns of a thread for all of its slots, and those of the sum at the end. */
function turnsOf(
  { chain: { geometries }, fromInputs }: ChainInstruction,
  { mapTexts, threads }: ChainShader,
  { steps }: Task,
  [{ features }]: Sides,
  depth: number,
): number {
  const perSlot = steps.reduce(
    (sum, { map }) =>
      sum + 1 + (map ? turnsOfMap(mapTexts[map.number], features.places.get(map.program)) : 0),
    fromInputs ? turnsOfInputs(depth) : 0,
  );
  return Math.ceil(slotsOf(geometries[0]) / threads) * perSlot + steps.length + 8;
}

/** What the shader is told: the numbers of a step's functions, and where the features are that its map reads. */
function parametersOf(
  shader: ChainShader,
  { steps, sources, sink }: Task,
  part: PartStart,
  block: PairBlock,
  sides: Sides,
  depth: number,
): number[] {
  const places = ({ map }: ChainStep, side: 0 | 1) =>
    map?.program && sides[side].features.places.get(map.program);
  return chainStruct.words({
    ...part,
    steps: steps.length,
    depth,
    ...sinkOf(sink, block),
    sources: sources.map((region) => located(region, block)),
    step: steps.map((step) => ({
      read: step.read,
      place: step.place,
      map: step.map ? step.map.number + 1 : 0,
      write: step.write,
      ...featuresOf([places(step, 0), places(step, 1)]),
    })),
  }, shader.lengths);
}

/** One step, by the numbers of shaders/chain.wgsl: what is read, which positions the slots are, the map or null, and where its values go. */
interface ChainStep {
  readonly read: number;
  readonly place: number;
  readonly map: { readonly number: number; readonly program: Entrywise } | null;
  readonly write: number;
}

/** As shaders/chain.wgsl reads them; convolution k is 2 + k. */
const READ = { inputs: 0, source: 1, convolution: 2 };
const WRITE = { tile: 0, arena: 1, sum: 2 };

/** All nodes; where the last is a shift a step behind it stores its result. */
function allSteps(chain: Chain, shader: ChainShader, fromInputs: boolean): ChainStep[] {
  const { nodes, end } = chain;
  const start = fromInputs ? READ.inputs : READ.source;
  const ends = { shift: WRITE.tile, map: WRITE.arena, sum: WRITE.sum };
  const steps = nodes.map((_, k) => ({
    read: k === 0 ? start : READ.convolution + shader.convolutions[k - 1],
    place: shader.places[k],
    map: mapOf(chain, shader, k),
    write: k < nodes.length - 1 ? WRITE.tile : ends[end.kind],
  }));
  return end.kind === "shift" ? [...steps, convolved(shader, nodes.length - 1)] : steps;
}

/** The k-th node of a chain, a shift, from its first source. */
function nodeSteps(chain: Chain, shader: ChainShader, k: number): ChainStep[] {
  const map = { read: READ.source, place: shader.places[k], map: mapOf(chain, shader, k), write: WRITE.tile };
  return [map, convolved(shader, k)];
}

/** The covariance of the inputs. */
function inputSteps(shader: ChainShader): ChainStep[] {
  return [{ read: READ.inputs, place: shader.places[0], map: null, write: WRITE.arena }];
}

/** The map of node k: its number in the text, and the program whose features it reads. */
const mapOf = ({ nodes }: Chain, { maps }: ChainShader, k: number) => ({
  number: maps[k],
  program: nodes[k].program,
});

/** The shift of node k, whose result is stored. */
const convolved = ({ places, convolutions }: ChainShader, k: number): ChainStep => ({
  read: READ.convolution + convolutions[k],
  place: places[k + 1],
  map: null,
  write: WRITE.arena,
});

/** The variances after a shift from those before, of `count` rows; the device has the last word. */
export type Guess = (axes: readonly Shift[], values: Values, count: number, dtype: DType) => Values;

/**
 * The scaled sums over taps, in the order of the shader, for `count` rows: `values` and the result are row by row.
 *
 * A device may round otherwise where WGSL lets it (numbers close to 0 may become 0), so this is a guess to be confirmed.
 */
export const shifted: Guess = (axes, values, count, dtype) => {
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const sources = sourcesOf(axes);
  const scale = round(axes.reduce((product, shift) => product * shift.scale, 1));
  const size = values.length / count;
  const out = allocate(count * sources.length, dtype);
  for (let row = 0; row < count; row++) {
    for (const [P, positions] of sources.entries()) {
      let sum = 0;
      for (const p of positions) sum = round(sum + values[row * size + p]);
      out[row * sources.length + P] = sum * scale;
    }
  }
  return out;
};

/** For every output position the positions that its taps read, in order. */
function sourcesOf(axes: readonly Shift[]): number[][] {
  return axes.reduce<number[][]>(
    (outer, { size, outSize, taps, stride, circular }) => {
      const rows = Array.from({ length: outSize }, (_, P) => {
        const reads = taps.map((tap) => P * stride + tap);
        return circular
          ? reads.map((p) => ((p % size) + size) % size)
          : reads.filter((p) => p >= 0 && p < size);
      });
      return outer.flatMap((before) =>
        rows.map((row) => before.flatMap((p) => row.map((q) => p * size + q)))
      );
    },
    [[0]],
  );
}
