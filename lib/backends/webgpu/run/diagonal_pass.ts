/**
 * Every input with itself: the variances of all nodes, on which the features of the maps after them depend, the matrices of
 * mixing nodes, and the outputs.
 *
 * In: a strip of rows. Out: the rows on the device with all that the steps read of them (run/device_rows.ts), what is known of
 * them (run/row_state.ts), and the output of each with itself. Step by step, the features of a step are packed from the variances
 * before it, and its instructions run over the pairs (k, k) by the shaders of all pairs: the first values of a region are a
 * diagonal, which is read back.
 */
import { allocate, bytesOf, countOf, type Values } from "../../../array/dtype.ts";
import { isMixing, outSizeOf } from "../../../program/nodes.ts";
import type { Entrywise } from "../../../program/entrywise.ts";
import { Buffers, Readback } from "../device/submissions.ts";
import { guarded } from "../device/errors.ts";
import { positionsOf } from "../plan/chain.ts";
import type { Region } from "../plan/plan.ts";
import { DeviceRows } from "./device_rows.ts";
import { type Dispatch, type Operands, type PairsOnDevice, run } from "./dispatch.ts";
import { attentionMatrices, denseMatrices, type Packed, type Strip } from "./row_state.ts";
import { type CompiledStep, type Session, uploadGiven } from "./session.ts";

/** What a pass gives. */
interface Diagonal {
  readonly rows: DeviceRows;
  /** The output `nngp` of each row with itself */
  readonly outputs: Values;
}

/** Finds out what is to be known of the rows of a strip. */
export async function diagonalPass(session: Session, strip: Strip): Promise<Diagonal> {
  const rows = await DeviceRows.open(session, strip);
  try {
    const pairs = await DiagonalPairs.open(session, rows);
    await uploadDiagonal(session, strip);
    for (const step of session.steps) rows.operands.push(await runStep(pairs, step));
    const operands = await rows.make(await rows.pack([session.plan.output]));
    rows.operands.push(operands);
    return { rows, outputs: await outputsOf(pairs, operands) };
  } catch (error) {
    rows.destroy();
    throw error;
  }
}

async function uploadDiagonal(session: Session, { first, count }: Strip): Promise<void> {
  const { source } = session.job;
  if (source.kind === "gram") return;
  const rows = Array.from({ length: count }, (_, k) => first + k);
  await uploadGiven(session, source, [source.own, null], rows, 0);
}

/**
 * Runs a step and returns what it reads of the rows. In order: the matrices of nodes that mix; the features of its maps, which
 * need the variances of the nodes before; the instructions, over the pairs (k, k); and the variances that they give, read back
 * for the next step.
 */
async function runStep(pairs: DiagonalPairs, compiled: CompiledStep): Promise<Operands> {
  const { step, stages, chain, kernels } = compiled;
  const { rows, session: { state, job }, block } = pairs;
  for (const { id, map } of step.nodes) {
    if (isMixing(map)) state.setMatrices(id, rows.strip, await matricesOf(pairs, compiled, id));
  }
  if (chain) return await runChain(pairs, compiled, chain);
  const operands = await rows.stepOperands(compiled, await rows.pack(stages));
  const node = step.nodes.at(-1);
  const size = node ? outSizeOf(node.map) : countOf(job.program.inputPositions);
  const [variances] = await pairs.read([size], async (add) => {
    for (const kernel of kernels) await pairs.run(kernel(block, [operands, operands]));
    await add(step.result);
  });
  await state.setVariances(node?.id ?? 0, rows.strip, variances);
  return operands;
}

/**
 * The matrices of a mixing node: those of the job; or its attention, for which the device computes the weights of every row with itself
 * first. They have to be on the device before the step, as both sides of every pair read them.
 */
async function matricesOf(
  pairs: DiagonalPairs,
  { weights, step }: CompiledStep,
  id: number,
): Promise<Values> {
  const { rows, session: { job }, block } = pairs;
  if (!weights || !step.weights) return denseMatrices(job.matrices.get(id)!, rows.strip, job.dtype);
  const { entries, sink, positions } = step.weights;
  const operands = await rows.make(await rows.pack([step.weights]));
  const [values] = await pairs.read([entries], async (add) => {
    await pairs.run(weights(block, [operands, operands]));
    await add(sink!);
  });
  const { map } = step.nodes[0];
  return attentionMatrices(values, positions, isMixing(map) && map.attention!.softmax);
}

/** The output `nngp` of each row, by the shader of pairs: with itself a row is a pair like any other. */
async function outputsOf(pairs: DiagonalPairs, operands: Operands): Promise<Values> {
  const { session, rows: { strip }, block } = pairs;
  const { gpu: { device }, plan, job: { dtype, program }, output, submissions } = session;
  const bytes = strip.count * plan.output.entries * bytesOf[dtype];
  const names = Object.keys(program.output.map);
  const buffers = new Buffers(device);
  const readback = await Readback.open(submissions, bytes);
  try {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    const outputs = await guarded(device, () => buffers.create(bytes * names.length, usage));
    await pairs.run(output(block, [operands, operands], outputs));
    // The outputs follow each other.
    await readback.add(outputs, { from: names.indexOf("nngp") * bytes, bytes });
    return await readback.read(dtype, (values) => values.slice());
  } finally {
    readback.close();
    buffers.destroy();
  }
}

type CompiledChain = NonNullable<CompiledStep["chain"]>;

/**
 * Runs a step that begins with a chain and returns what it reads of the rows.
 *
 * The variances of a chain's nodes have to be bit by bit what the pairs' covariances are where two points are equal, so the device
 * computes them with the shader of the pairs. Waiting for it after every node would take longer than all else: the host guesses
 * them, so that the features of all nodes are known, and the device confirms them at once: 21 convolutions wait 4 times instead of
 * 25. After a wrong guess the host goes on from what the device found.
 */
async function runChain(
  pairs: DiagonalPairs,
  compiled: CompiledStep,
  chain: CompiledChain,
): Promise<Operands> {
  const { rows, session: { state } } = pairs;
  const { nodes } = chain.instruction.chain;
  if (chain.instruction.fromInputs) await findInputVariances(pairs, chain);
  const packed = new Map<Entrywise, Packed>();
  const guesses: Values[] = [];
  // Nodes before number `sure` have the device's variances; those from there on follow from them, by guesses until it says
  // otherwise.
  for (let sure = 0;;) {
    await guess(pairs, chain, sure, packed, guesses);
    const operands = await rows.stepOperands(compiled, packed);
    const found = await confirm(pairs, compiled, chain, operands);
    const wrong = guesses.findIndex((values, k) => k >= sure && !equal(values, found[k]));
    const end = wrong < 0 ? nodes.length : wrong + 1;
    for (let k = sure; k < end; k++) await state.setVariances(nodes[k].id, rows.strip, found[k]);
    // After the last map a wrong guess changed no features.
    if (end === nodes.length) return operands;
    sure = end;
  }
}

/** The variances of the inputs, where a chain begins there: all that its first map needs to have features. */
async function findInputVariances(pairs: DiagonalPairs, chain: CompiledChain): Promise<void> {
  const { rows, session: { state } } = pairs;
  const region = inputRegion(pairs, chain);
  const [values] = await pairs.read([region.size], async (add) => {
    await runInputs(pairs, chain, await rows.make(new Map()));
    await add(region);
  });
  await state.setVariances(0, rows.strip, values);
}

/** Where the variances of the inputs are, before those of the chain's nodes. */
function inputRegion({ session: { plan } }: DiagonalPairs, { instruction }: CompiledChain): Region {
  return { start: plan.variances[1].start, size: positionsOf(instruction.chain.geometries[0]) };
}

/** Adds the dispatch for the covariances of the inputs with themselves. */
async function runInputs(pairs: DiagonalPairs, chain: CompiledChain, operands: Operands): Promise<void> {
  await pairs.run(chain.kernel.inputs(pairs.block, [operands, operands], inputRegion(pairs, chain)));
}

/** Packs the features of all nodes from number `sure` on, and guesses the variances after those that are shifts. */
async function guess(
  { rows: { strip }, session }: DiagonalPairs,
  { instruction: { chain: { nodes, shifts, geometries } } }: CompiledChain,
  sure: number,
  packed: Map<Entrywise, Packed>,
  guesses: Values[],
): Promise<void> {
  const { state, job: { dtype }, submissions } = session;
  for (const [k, { id, program }] of nodes.entries()) {
    if (k < sure) continue;
    const positions = positionsOf(geometries[k]);
    const features = await state.features({ program, positions }, strip);
    packed.set(program, features.packed);
    if (k === shifts.length) return;
    const mapped = allocate(strip.count * positions, dtype);
    mapped.set(features.mapped as Float64Array);
    guesses[k] = session.guess(shifts[k], mapped, strip.count, dtype);
    await state.setVariances(id, strip, guesses[k]);
    await submissions.rest();
  }
}

/** The variances after every node, by the device; those after the last one where it is no shift come from the whole step. */
async function confirm(
  pairs: DiagonalPairs,
  { step, kernels }: CompiledStep,
  chain: CompiledChain,
  operands: Operands,
): Promise<Values[]> {
  const { instruction: { fromInputs, sources, chain: { nodes, shifts } }, kernel } = chain;
  const { block, session: { plan } } = pairs;
  const sides = [operands, operands] as const;
  const sizes = nodes.map(({ map }) => outSizeOf(map));
  return await pairs.read(sizes, async (add) => {
    if (fromInputs) await runInputs(pairs, chain, operands);
    let from = fromInputs ? [inputRegion(pairs, chain)] : sources;
    for (let k = 0; k < shifts.length; k++) {
      const sink = { start: plan.variances[k % 2].start, size: sizes[k] };
      await pairs.run(kernel.node(block, sides, k, from, sink));
      await add(sink);
      from = [sink];
    }
    for (const run of kernels) await pairs.run(run(block, sides));
    if (nodes.length > shifts.length) await add(step.result);
  });
}

/** Bit by bit, where NaN is no guess that a device confirms. */
const equal = (a: Values, b: Values) => a.every((value, k) => value === b[k]);

/** The pairs of each row of a strip with itself: runs dispatches over them and reads the beginnings of regions. */
class DiagonalPairs {
  private constructor(
    readonly session: Session,
    readonly rows: DeviceRows,
    readonly block: PairsOnDevice,
  ) {}

  static async open(session: Session, rows: DeviceRows): Promise<DiagonalPairs> {
    const { gpu: { device }, capacity } = session;
    const { count } = rows.strip;
    const twice = Uint32Array.from({ length: 2 * count }, (_, k) => Math.floor(k / 2));
    const pairs = await guarded(device, () => rows.buffers.upload(twice, GPUBufferUsage.STORAGE));
    return new DiagonalPairs(session, rows, { count, pairs, capacity });
  }

  /** Adds a dispatch. */
  async run(dispatch: Dispatch): Promise<void> {
    await run(dispatch, this.block, this.session.arena, this.session.submissions, 0);
  }

  /** Calls `work` with a function that has the first `count` values of each row in a region read; gives them without NTK. */
  async read(
    counts: readonly number[],
    work: (add: (region: Region) => Promise<void>) => Promise<void>,
  ): Promise<Values[]> {
    const { session: { valueBytes, arena, capacity, job: { dtype }, submissions }, rows: { strip } } = this;
    const sizes = counts.map((count) => strip.count * count * valueBytes);
    const readback = await Readback.open(submissions, sizes.reduce((sum, size) => sum + size, 0));
    let added = 0;
    try {
      await work(async ({ start, size }) => {
        await readback.add(arena.values, {
          from: start * capacity * valueBytes,
          bytes: counts[added++] * valueBytes,
          pieces: strip.count,
          stride: size * valueBytes,
        });
      });
      const step = valueBytes / bytesOf[dtype];
      const nngp = await readback.read(
        dtype,
        (all) => step === 1 ? all.slice() : all.filter((_, k) => k % step === 0),
      );
      let at = 0;
      return counts.map((count) => nngp.subarray(at, at += strip.count * count));
    } finally {
      readback.close();
    }
  }
}
