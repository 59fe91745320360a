/** Runs dispatches over the pairs of a block, in parts that keep the device's pace. */
import type { Buffers } from "../buffers.ts";
import type { Submissions } from "../submissions.ts";
import type { Dispatch, Features, PairBlock } from "./kernel.ts";

/** The buffers that are bound where a shader reads or writes none. */
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

/** Adds all parts of a dispatch to the submissions; `done` pairs are done before the block. */
export async function run(
  dispatch: Dispatch,
  block: PairBlock,
  features: Features | null,
  arena: Arena,
  submissions: Submissions,
  done: number,
): Promise<void> {
  const { gpu } = submissions;
  for (let pair = 0, unit = 0; pair < block.count;) {
    const affordable = Math.max(1, Math.floor(gpu.pace.operations / dispatch.operations));
    const part = partOf({ pair, unit }, affordable, dispatch.units, block.count, gpu.limits.workgroups);
    await submissions.add({
      operations: dispatch.operations * part.pairs * part.units,
      done,
      encode: (encoder, scratch) => encode(dispatch, block, features, arena, part, encoder, scratch),
    });
    unit += part.units;
    if (unit === dispatch.units) [pair, unit] = [pair + part.pairs, 0];
  }
}

/** The next part of at most `affordable` workgroups: whole pairs, or some of one. */
function partOf(
  { pair, unit }: { pair: number; unit: number },
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
  { pipeline, parameters, left, right, outputs }: Dispatch,
  block: PairBlock,
  features: Features | null,
  { values, unread, unwritten }: Arena,
  { pair, pairs, unit, units }: Part,
  encoder: GPUCommandEncoder,
  scratch: Buffers,
): void {
  const uniforms = Uint32Array.from(parameters);
  uniforms.set([pair, unit]);
  const buffers = [
    scratch.upload(padded(uniforms), GPUBufferUsage.UNIFORM),
    left ?? unread,
    right ?? unread,
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

/** Uniform structs are multiples of 16 bytes. */
function padded(uniforms: Uint32Array): Uint32Array {
  const whole = new Uint32Array(Math.ceil(uniforms.length / 4) * 4);
  whole.set(uniforms);
  return whole;
}
