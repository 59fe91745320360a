/** Compiled chains. */
import { type ChainShader, chainShader } from "../wgsl/chain_text.ts";
import { allSteps, type ChainStep, inputSteps, nodeSteps } from "../plan/chain_steps.ts";
import { slotsOf } from "../plan/geometry.ts";
import {
  compiled,
  type Context,
  type Dispatch,
  featuresOf,
  inputsOf,
  type Kernel,
  located,
  mapOperations,
  type PairBlock,
  type PartStart,
  type Sides,
  sinkOf,
  turnsOfInputs,
  turnsOfMap,
} from "./kernel.ts";
import { chainStruct } from "../../wgsl/parameters.ts";
import type { ChainInstruction } from "../plan/instructions.ts";
import type { Region } from "../plan/memory_plan.ts";

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
  const shader = chainShader(chain, fromInputs, context.type);
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

/** Operations of a workgroup. */
function operationsOf(
  { chain: { shifts, geometries } }: ChainInstruction,
  { mapTexts }: ChainShader,
  { steps }: Task,
  [{ features }]: Sides,
): number {
  const taps = shifts.map((axes) => axes.reduce((product, shift) => product * shift.taps.length, 1));
  const perSlot = steps.reduce(
    (sum, { map }) => sum + (map ? mapOperations(mapTexts[map.number], features.places.get(map.program)) : 0),
    steps.length * (20 + 4 * Math.max(0, ...taps)),
  );
  return slotsOf(geometries[0]) * perSlot;
}

/** Turns of a thread for all of its slots. */
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

/** What the shader is told. */
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
