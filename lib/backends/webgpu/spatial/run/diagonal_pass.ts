/**
 * Every input with itself: the variances of all nodes, on which the features of the maps after them depend, the matrices of
 * mixing nodes, and the outputs.
 */
import { bytesOf, type Values } from "../../../../array/dtype.ts";
import { isMixing, outSizeOf } from "../../../../program/nodes.ts";
import { Buffers } from "../../device/buffers.ts";
import { guarded } from "../../device/errors.ts";
import { uploadGiven } from "./upload_covariances.ts";
import type { Operands } from "./kernel.ts";
import type { Strip } from "../plan/row_state.ts";
import { attentionMatrices, denseMatrices } from "./matrices.ts";
import { OwnPairs } from "./diagonal_pairs.ts";
import { Readback } from "./readback.ts";
import { runOwnChain } from "./diagonal_chain.ts";
import type { CompiledStep, Session } from "./session.ts";
import { Side } from "./device_rows.ts";

/** Finds out what is to be known of the rows of a strip; returns them, and the output `nngp` of each with itself. */
export async function selfPass(session: Session, strip: Strip): Promise<{ side: Side; outputs: Values }> {
  const side = await Side.open(session, strip);
  try {
    const own = await OwnPairs.open(session, side);
    await uploadOwn(session, strip);
    for (const step of session.steps) side.operands.push(await runStep(own, step));
    const operands = await side.make(await side.pack([session.plan.output]));
    side.operands.push(operands);
    return { side, outputs: await outputsOf(own, operands) };
  } catch (error) {
    side.destroy();
    throw error;
  }
}

async function uploadOwn(session: Session, { first, count }: Strip): Promise<void> {
  const { source } = session.job;
  if (source.kind === "gram") return;
  const rows = Array.from({ length: count }, (_, k) => first + k);
  await uploadGiven(session, source, [source.own, null], rows, 0);
}

async function runStep(own: OwnPairs, compiled: CompiledStep): Promise<Operands> {
  const { step, stages, chain, kernels } = compiled;
  const { side, session: { known, job }, block } = own;
  for (const { id, map } of step.nodes) {
    if (isMixing(map)) known.setMatrices(id, side.strip, await matricesOf(own, compiled, id));
  }
  if (chain) return await runOwnChain(own, compiled, chain);
  const operands = await side.stepOperands(compiled, await side.pack(stages));
  const node = step.nodes.at(-1);
  const size = node ? outSizeOf(node.map) : product(job.program.inputPositions);
  const [variances] = await own.read([size], async (add) => {
    for (const kernel of kernels) await own.run(kernel(block, [operands, operands]));
    await add(step.result);
  });
  await known.setVariances(node?.id ?? 0, side.strip, variances);
  return operands;
}

/** The matrices of a mixing node: those of the job, or its attention. */
async function matricesOf(own: OwnPairs, { weights, step }: CompiledStep, id: number): Promise<Values> {
  const { side, session: { job }, block } = own;
  if (!weights || !step.weights) return denseMatrices(job.matrices.get(id)!, side.strip, job.dtype);
  const { entries, sink, positions } = step.weights;
  const operands = await side.make(await side.pack([step.weights]));
  const [values] = await own.read([entries], async (add) => {
    await own.run(weights(block, [operands, operands]));
    await add(sink!);
  });
  const { map } = step.nodes[0];
  return attentionMatrices(values, positions, isMixing(map) && map.attention!.softmax);
}

/** The output `nngp` of each row. */
async function outputsOf(own: OwnPairs, operands: Operands): Promise<Values> {
  const { session, side: { strip }, block } = own;
  const { gpu: { device }, plan, job: { dtype, program }, output } = session;
  const bytes = strip.count * plan.output.entries * bytesOf[dtype];
  const names = Object.keys(program.output.map);
  const buffers = new Buffers(device);
  const readback = await Readback.open(session, bytes);
  try {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    const outputs = await guarded(device, () => buffers.create(bytes * names.length, usage));
    await own.run(output(block, [operands, operands], outputs));
    // The outputs follow each other.
    await readback.add(outputs, { from: names.indexOf("nngp") * bytes, bytes });
    return await readback.read();
  } finally {
    readback.close();
    buffers.destroy();
  }
}

const product = (lengths: readonly number[]) => lengths.reduce((total, length) => total * length, 1);
