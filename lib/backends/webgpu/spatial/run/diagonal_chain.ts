/**
 * The variances of a chain's nodes.
 *
 * They have to be bit by bit what the pairs' covariances are where two points are equal, so the device computes them with the
 * shader of the pairs. Waiting for it after every node would take longer than all else: the host guesses them, so that the
 * features of all nodes are known, and the device confirms them at once. After a wrong guess the host goes on from what the
 * device found.
 */
import { allocate, type Values } from "../../../../array/dtype.ts";
import type { Program } from "../../../../program/program.ts";
import { outSizeOf } from "../../../../program/nodes.ts";
import type { Packed } from "./features.ts";
import { positionsOf } from "../plan/geometry.ts";
import type { Operands } from "./kernel.ts";
import type { OwnPairs } from "./diagonal_pairs.ts";
import type { Region } from "../plan/memory_plan.ts";
import type { CompiledStep } from "./session.ts";

type CompiledChain = NonNullable<CompiledStep["chain"]>;

/** Runs a step that begins with a chain and returns what it reads of the rows. */
export async function runOwnChain(
  own: OwnPairs,
  compiled: CompiledStep,
  chain: CompiledChain,
): Promise<Operands> {
  const { side, session: { known } } = own;
  const { nodes } = chain.instruction.chain;
  if (chain.instruction.fromInputs) await findInputVariances(own, chain);
  const packed = new Map<Program, Packed>();
  const guesses: Values[] = [];
  for (let sure = 0;;) {
    await guess(own, chain, sure, packed, guesses);
    const operands = await side.stepOperands(compiled, packed);
    const found = await confirm(own, compiled, chain, operands);
    const wrong = guesses.findIndex((values, k) => k >= sure && !equal(values, found[k]));
    const end = wrong < 0 ? nodes.length : wrong + 1;
    for (let k = sure; k < end; k++) await known.setVariances(nodes[k].id, side.strip, found[k]);
    // After the last map a wrong guess changed no features.
    if (end === nodes.length) return operands;
    sure = end;
  }
}

async function findInputVariances(own: OwnPairs, chain: CompiledChain): Promise<void> {
  const { side, session: { known } } = own;
  const region = inputRegion(own, chain);
  const [values] = await own.read([region.size], async (add) => {
    await runInputs(own, chain, await side.make(new Map()));
    await add(region);
  });
  await known.setVariances(0, side.strip, values);
}

/** Where the variances of the inputs are, before those of the chain's nodes. */
function inputRegion({ session: { plan } }: OwnPairs, { instruction }: CompiledChain): Region {
  return { start: plan.variances[1].start, size: positionsOf(instruction.chain.geometries[0]) };
}

async function runInputs(own: OwnPairs, chain: CompiledChain, operands: Operands): Promise<void> {
  await own.run(chain.kernel.inputs(own.block, [operands, operands], inputRegion(own, chain)));
}

/** Packs the features of all nodes from number `sure` on, and guesses the variances after those that are shifts. */
async function guess(
  { side: { strip }, session }: OwnPairs,
  { instruction: { chain: { nodes, shifts, geometries } } }: CompiledChain,
  sure: number,
  packed: Map<Program, Packed>,
  guesses: Values[],
): Promise<void> {
  const { known, job: { dtype }, submissions } = session;
  for (const [k, { id, program }] of nodes.entries()) {
    if (k < sure) continue;
    const positions = positionsOf(geometries[k]);
    const features = await known.features({ program, positions }, strip);
    packed.set(program, features.packed);
    if (k === shifts.length) return;
    const mapped = allocate(strip.count * positions, dtype);
    mapped.set(features.mapped as Float64Array);
    guesses[k] = session.guess(shifts[k], mapped, strip.count, dtype);
    await known.setVariances(id, strip, guesses[k]);
    await submissions.rest();
  }
}

/** The variances after every node, by the device; those after the last one where it is no shift come from the whole step. */
async function confirm(
  own: OwnPairs,
  { step, kernels }: CompiledStep,
  chain: CompiledChain,
  operands: Operands,
): Promise<Values[]> {
  const { instruction: { fromInputs, sources, chain: { nodes, shifts } }, kernel } = chain;
  const { block, session: { plan } } = own;
  const sides = [operands, operands] as const;
  const sizes = nodes.map(({ map }) => outSizeOf(map));
  return await own.read(sizes, async (add) => {
    if (fromInputs) await runInputs(own, chain, operands);
    let from = fromInputs ? [inputRegion(own, chain)] : sources;
    for (let k = 0; k < shifts.length; k++) {
      const sink = { start: plan.variances[k % 2].start, size: sizes[k] };
      await own.run(kernel.node(block, sides, k, from, sink));
      await add(sink);
      from = [sink];
    }
    for (const run of kernels) await own.run(run(block, sides));
    if (nodes.length > shifts.length) await add(step.result);
  });
}

/** Bit by bit, where NaN is no guess that a device confirms. */
const equal = (a: Values, b: Values) => a.every((value, k) => value === b[k]);
