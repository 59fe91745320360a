/** Runs dispatches over the pairs of a block, in parts that keep the device's pace. */
import type { Buffers } from "../../device/buffers.ts";
import { MOST_TURNS } from "../../budget.ts";
import { tooManyTurns } from "../../device/turns.ts";
import type { Submissions } from "../../device/submissions.ts";
import type { Dispatch, PairsOnDevice } from "./kernel.ts";

/** The values of pairs, and what is bound where a shader reads or writes nothing. */
export interface Arena {
  readonly values: GPUBuffer;
  readonly unread: GPUBuffer;
  readonly unwritten: GPUBuffer;
}

/** A part of a dispatch: some workgroups of some pairs. */
interface Part {
  readonly pair: number;
  readonly pairs: number;
  readonly unit: number;
  readonly units: number;
}

/** Adds all parts of a dispatch to the submissions; `done` pairs of the job are done before. */
export async function run(
  dispatch: Dispatch,
  block: PairsOnDevice,
  arena: Arena,
  submissions: Submissions,
  done: number,
): Promise<void> {
  const { pace, limits, software } = submissions.gpu;
  if (software && dispatch.turns > MOST_TURNS) throw tooManyTurns(dispatch.turns);
  for (let pair = 0, unit = 0; pair < block.count;) {
    const affordable = Math.max(1, Math.floor(pace.operations / dispatch.operations));
    const part = partOf({ pair, unit }, affordable, dispatch.units, block.count, limits.workgroups);
    await submissions.add({
      operations: dispatch.operations * part.pairs * part.units,
      done,
      encode: (encoder, scratch) => encode(dispatch, block, arena, part, encoder, scratch),
    });
    unit += part.units;
    if (unit === dispatch.units) [pair, unit] = [pair + part.pairs, 0];
  }
}

/** The next part of at most `affordable` workgroups: whole pairs, or some workgroups of one. */
function partOf(
  { pair, unit }: { readonly pair: number; readonly unit: number },
  affordable: number,
  units: number,
  count: number,
  most: number,
): Part {
  if (unit > 0 || affordable < units || units > most) {
    return { pair, pairs: 1, unit, units: Math.min(units - unit, affordable, most) };
  }
  return { pair, pairs: Math.min(count - pair, Math.floor(affordable / units), most), unit: 0, units };
}

function encode(
  { pipeline, parameters, operands, features, outputs }: Dispatch,
  block: PairsOnDevice,
  { values, unread, unwritten }: Arena,
  { pair, pairs, unit, units }: Part,
  encoder: GPUCommandEncoder,
  scratch: Buffers,
): void {
  const uniforms = Uint32Array.from(parameters({ first_pair: pair, first_unit: unit }));
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
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, scratch.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(units, pairs);
  pass.end();
}
