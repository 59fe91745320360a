/** Linear maps with a matrix of its own for each input. */
import { UNIT } from "../../budget.ts";
import { compiled, type Context, type Kernel, sinkOf, sourceOf } from "./kernel.ts";
import type { MixInstruction } from "../plan/instructions.ts";
import { mixStruct } from "../../wgsl/parameters.ts";
import { mixShader } from "../wgsl/text.ts";

/** The sum over the positions of one side. */
export async function compileMix(instruction: MixInstruction, context: Context): Promise<Kernel> {
  const { side, positions, source, sink } = instruction;
  const pipeline = await compiled(context, mixShader(context.type));
  return (block, [first, second]) => ({
    pipeline,
    units: Math.ceil(sink.size / UNIT),
    operations: UNIT * 10 * positions,
    turns: positions,
    parameters: (part) =>
      mixStruct.words({
        ...part,
        ...sourceOf(source, block),
        ...sinkOf(sink, block),
        entries: sink.size,
        positions,
        side,
      }, {}),
    operands: [first.matrices!, second.matrices!],
  });
}
