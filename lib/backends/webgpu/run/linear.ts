/**
 * Linear maps of positions outside of chains as dispatches: along one axis (shaders/axis.wgsl), with a matrix of its own for each
 * input (shaders/mix.wgsl), and the sum over all values of a pair (shaders/total.wgsl).
 */
import { allocate, type DType } from "../../../array/dtype.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import { MOST_THREADS, UNIT } from "../budget.ts";
import type { Buffers } from "../device/buffers.ts";
import type { AxisInstruction, MixInstruction, Region } from "../plan/instructions.ts";
import { axisStruct, mixStruct, totalStruct } from "../wgsl/parameters.ts";
import { axisShader, mixShader, totalShader } from "../wgsl/text.ts";
import { compiled, type Context, type Kernel, located, sinkOf, sourceOf } from "./dispatch.ts";

/** A map along an axis: K′(P, Q) = scale · Σₖ Σₚ,q Tₖ(P, p)·Tₖ(Q, q)·K(p, q). Its matrices Tₖ live in `buffers`. */
export async function compileAxis(
  { axis, outer, inner, local, source, sink }: AxisInstruction,
  context: Context,
  buffers: Buffers,
): Promise<Kernel> {
  const pipeline = await compiled(context, axisShader(context.type));
  const { indices, weights } = sparse(axis, context.type.dtype);
  const operands = [indices, weights].map((values) => buffers.upload(values, GPUBufferUsage.STORAGE));
  const { size, outSize, terms } = axis;
  // Entries of all matrices in a row, on average: a value is a sum over pairs of them, term by term.
  const perRow = (weights.length - 1) / outSize;
  const turns = turnsOf(axis);
  return (block) => ({
    pipeline,
    units: Math.ceil(sink.size / UNIT),
    operations: UNIT * 20 * (1 + perRow ** 2 / terms.length),
    turns,
    parameters: (part) =>
      axisStruct.words({
        ...part,
        ...sourceOf(source, block),
        ...sinkOf(sink, block),
        entries: sink.size,
        local: local ? 1 : 0,
        outer,
        inner,
        size,
        out_size: outSize,
        terms: terms.length,
      }, {}),
    operands: [operands[0], operands[1]],
  });
}

/** Turns for the entry with the most: one for each entry of a row, and for each pair of them. */
function turnsOf({ terms }: AxisMap): number {
  return terms.reduce((sum, rows) => {
    const most = rows.reduce((length, { at }) => Math.max(length, at.length), 0);
    return sum + 1 + most + most ** 2;
  }, 0);
}

/**
 * The matrices of an axis as shaders/axis.wgsl reads them: where each row of each matrix starts, then the positions of all entries;
 * and the scale, then the weights of all entries. Two taps over three positions, at P and at P + 1: 0 1 2 3 4 5 5, 0 1 2 1 2.
 */
function sparse(
  { scale, terms }: AxisMap,
  dtype: DType,
): { indices: Uint32Array; weights: Float64Array | Float32Array } {
  const rows = terms.flat();
  const starts = [0];
  for (const { at } of rows) starts.push(starts[starts.length - 1] + at.length);
  const weights = [scale, ...rows.flatMap((row) => row.weights)];
  const packed = allocate(weights.length, dtype);
  packed.set(weights);
  return { indices: Uint32Array.from([...starts, ...rows.flatMap(({ at }) => at)]), weights: packed };
}

/** The sum over the positions of one side: K′(P, q) = Σₚ A₁(P, p)·K(p, q), or over q with A₂. */
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

/** The sum over the values of each pair, by one workgroup: the parts that a chain left, one for each class of offsets. */
export async function compileTotal(
  source: Region,
  sink: Region,
  context: Context,
): Promise<Kernel> {
  const pipeline = await compiled(context, totalShader(context.type));
  return (block) => {
    const [[from, count], [into]] = [located(source, block), located(sink, block)];
    return {
      pipeline,
      units: 1,
      operations: 4 * count,
      turns: Math.ceil(count / MOST_THREADS) + 8,
      parameters: (part) => totalStruct.words({ ...part, source: from, count, sink: into }, {}),
    };
  };
}
