/** Compiled chains. */
import type { ChainShader } from "./chain_text.ts";
import { chainShader } from "./chain_text.ts";
import { allSteps, type ChainStep, inputSteps, nodeSteps } from "./chain_steps.ts";
import { slotsOf } from "./geometry.ts";
import {
  compiled,
  type Context,
  type Dispatch,
  featureParameters,
  type Features,
  located,
  mapOperations,
  type PairBlock,
} from "./kernel.ts";
import type { ChainInstruction } from "./plan.ts";
import type { Region } from "./regions.ts";

/** A chain on the device. */
export interface ChainKernel {
  /** All of it */
  readonly run: (block: PairBlock, features: Features) => Dispatch;
  /** The variances of the inputs, where the chain begins there */
  readonly inputs: (block: PairBlock, sink: Region) => Dispatch;
  /** Those of its k-th node, a shift, from those of the node before it or of all that the first one reads */
  readonly node: (
    block: PairBlock,
    features: Features,
    k: number,
    sources: readonly Region[],
    sink: Region,
  ) => Dispatch;
}

/** Compiles a chain. Variances come from the same shader as covariances: where they have to be equal they are so bit by bit. */
export async function compileChain(instruction: ChainInstruction, context: Context): Promise<ChainKernel> {
  const { chain, fromInputs, sources, sink, classes } = instruction;
  const shader = chainShader(chain, fromInputs, context.type);
  const pipeline = await compiled(context, shader.text);
  const taps = chain.shifts.map((axes) => axes.reduce((product, shift) => product * shift.taps.length, 1));
  const mostTaps = Math.max(0, ...taps);
  const dispatch = (
    steps: readonly ChainStep[],
    block: PairBlock,
    features: Features | null,
    from: readonly Region[],
    into: Region,
    units: number,
  ): Dispatch => {
    const perSlot = steps.map(({ map }) =>
      20 + 4 * mostTaps +
      (map ? mapOperations(shader.mapTexts[map.number], features![0].places.get(map.program)) : 0)
    );
    return {
      pipeline,
      units,
      operations: slotsOf(chain.geometries[0]) * perSlot.reduce((sum, operations) => sum + operations, 0),
      parameters: parametersOf(shader, steps, block, features, from, into, context.depth),
      ...fromInputs && { left: block.inputs![0], right: block.inputs![1] },
    };
  };
  return {
    run: (block, features) =>
      dispatch(allSteps(chain, shader, fromInputs), block, features, sources, sink, classes),
    inputs: (block, into) => dispatch(inputSteps(shader), block, null, [], into, 1),
    node: (block, features, k, from, into) =>
      dispatch(nodeSteps(chain, shader, k), block, features, from, into, 1),
  };
}

/** The struct `Chain` of shaders/chain.wgsl. */
function parametersOf(
  shader: ChainShader,
  steps: readonly ChainStep[],
  block: PairBlock,
  features: Features | null,
  sources: readonly Region[],
  sink: Region,
  depth: number,
): number[] {
  const from = Array.from(
    { length: shader.sources },
    (_, k) => [...sources[k] ? located(sources[k], block) : [0, 0], 0, 0],
  );
  const rows = steps.map(({ read, place, map, write }) => {
    const places = [0, 1].map((side) => map ? features![side].places.get(map.program) : undefined);
    const placed = featureParameters([places[0], places[1]], shader.tables);
    return [read, place, map ? map.number + 1 : 0, write, ...placed];
  });
  const unused = Array<number>((shader.steps - steps.length) * (8 + 4 * shader.tables)).fill(0);
  return [
    0,
    0,
    steps.length,
    depth,
    ...located(sink, block),
    0,
    0,
    ...from.flat(),
    ...rows.flat(),
    ...unused,
  ];
}
