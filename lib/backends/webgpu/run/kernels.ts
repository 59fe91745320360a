/**
 * Instructions outside of chains as dispatches, each of a shader of its own: entrywise maps and the covariances of the inputs
 * (shaders/entrywise.wgsl); linear maps of positions along one axis (shaders/axis.wgsl), with a matrix of its own for each input
 * (shaders/mix.wgsl), and the sum over all values of a pair (shaders/total.wgsl).
 *
 * In: an instruction of the plan (plan/plan.ts). Out: a `Kernel`, which gives the dispatch for a block of pairs
 * (run/dispatch.ts). In entrywise.wgsl a thread computes `value_of` a pair of positions and stores it, in the arena or among the
 * outputs. For an output without NTK:
 *
 *     fn value_of(pair: u32, …) -> Value { return map_0(source(0u, pair, entry), offset, 0u, at1, at2); }
 *     fn store(pair: u32, …, value: Value) { …; outputs[(0u * work.pairs + pair) * work.entries + at] = value; }
 */
import { featureOrder } from "../../feature_order.ts";
import { allocate, type DType } from "../../../array/dtype.ts";
import type { AxisMap } from "../../../spatial/axis.ts";
import { MOST_THREADS, RUN, UNIT } from "../budget.ts";
import type { Buffers } from "../device/submissions.ts";
import type { AxisInstruction, MapInstruction, MixInstruction, Region } from "../plan/plan.ts";
import type { Lengths } from "../struct.ts";
import {
  constants,
  headText,
  mapOperations,
  mapsText,
  nngpOnly,
  pointText,
  type ValueType,
} from "../wgsl/text.ts";
import { axisStruct, mixStruct, totalStruct, workStruct } from "../wgsl/parameters.ts";
import {
  compiled,
  type Context,
  type Dispatch,
  featuresOf,
  inputsOf,
  type Kernel,
  located,
  type PairBlock,
  type Sides,
  sinkOf,
  sourceOf,
  turnsOfInputs,
  turnsOfMap,
} from "./dispatch.ts";
import axisText from "../../../../shaders/axis.wgsl" with { type: "text" };
import entrywiseText from "../../../../shaders/entrywise.wgsl" with { type: "text" };
import inputsText from "../../../../shaders/inputs.wgsl" with { type: "text" };
import mixText from "../../../../shaders/mix.wgsl" with { type: "text" };
import totalText from "../../../../shaders/total.wgsl" with { type: "text" };

/** A compiled map; its values stay in the arena or go to `outputs`. */
export type MapKernel = (block: PairBlock, sides: Sides, outputs?: GPUBuffer) => Dispatch;

/** The map of a node, or of the output if it has no sink. */
export async function compileMap(instruction: MapInstruction, context: Context): Promise<MapKernel> {
  const { program, positions, entries, sources, sink } = instruction;
  // The text does not depend on rows: how wide their tables are is told with each dispatch.
  const map = pointText(program, { ...context.type, positions });
  const lengths = {
    TABLES: Math.max(1, featureOrder(program).tables.length),
    SOURCES: Math.max(1, sources.length),
  };
  const values = sources.map((_, k) => `source(${k}u, pair, entry), `).join("");
  const text = [
    head(context.type, lengths),
    mapsText([map], context.type.dtype),
    valueText(`map_0(${values}offset, 0u, at1, at2)`),
    sink ? storeText : outputText(Object.keys(program.map).length),
  ].join("\n");
  const pipeline = await compiled(context, text);
  return (block, [first, second], outputs) => {
    const places = [first.features.places.get(program), second.features.places.get(program)] as const;
    const turns = turnsOfMap(map, places[0]);
    return {
      pipeline,
      units: Math.ceil(entries / UNIT),
      operations: UNIT * mapOperations(map.size, turns),
      turns,
      parameters: (part) =>
        workStruct.words({
          ...part,
          pairs: block.count,
          depth: 0,
          ...sinkOf(sink, block),
          entries,
          positions,
          ...featuresOf(places),
          sources: sources.map((region) => located(region, block)),
        }, lengths),
      features: [first.features, second.features],
      ...outputs && { outputs },
    };
  };
}

/**
 * The covariances of the inputs, at all pairs of positions or at equal ones: Σ over channels of x1 · x2, divided by their number.
 */
export async function compileInputs(positions: number, sink: Region, context: Context): Promise<Kernel> {
  const { type, depth } = context;
  const lengths = { TABLES: 1, SOURCES: 1 };
  const value = nngpOnly("input_covariance(rows, p, q, work.positions, work.depth)", type);
  const text = [head(type, lengths), inputsText, valueText(value), storeText].join("\n");
  const pipeline = await compiled(context, text);
  return (block, sides) => ({
    pipeline,
    units: Math.ceil(sink.size / UNIT),
    operations: UNIT * 2 * depth,
    turns: turnsOfInputs(depth),
    parameters: (part) =>
      workStruct.words({
        ...part,
        pairs: block.count,
        depth,
        ...sinkOf(sink, block),
        entries: sink.size,
        positions,
        ...featuresOf([undefined, undefined]),
        sources: [],
      }, lengths),
    operands: inputsOf(sides),
  });
}

/** What the shaders of maps and of inputs have in front of `value_of` and `store`. */
const head = (type: ValueType, lengths: Lengths) =>
  [headText(type), constants({ UNIT, ...lengths }), workStruct.text, entrywiseText].join("\n");

/** What a value is; `entrywise.wgsl` has worked out its place, and where features are. */
const valueText = (value: string) =>
  `fn value_of(pair: u32, entry: u32, p: u32, q: u32, rows: vec2<u32>, offset: Real, at1: u32, at2: u32) -> Value {
  return ${value};
}`;

/** A value of a node goes to the arena, which has them by offset: where the thread's number among them is. */
const storeText = `fn store(pair: u32, entry: u32, p: u32, q: u32, value: Value) {
  arena[work.sink + pair * work.sink_stride + entry] = value;
}`;

/**
 * A value of the output goes to the results: row-major over (p, q) or over p alone, all pairs of an output after those of the one
 * before.
 */
function outputText(outputs: number): string {
  const stores = Array.from({ length: outputs }, (_, k) => {
    const value = outputs === 1 ? "value" : `value.${"xy"[k]}`;
    return `  outputs[(${k}u * work.pairs + pair) * work.entries + at] = ${value};`;
  });
  return `fn store(pair: u32, entry: u32, p: u32, q: u32, value: Value) {
  let at = select(p * work.positions + q, p, work.entries == work.positions);
${stores.join("\n")}
}`;
}

/** The shader of a linear map: what all begin with, its sizes and uniforms, and its `main`. */
const linearText = (type: ValueType, sizes: Lengths, uniforms: string, main: string): string =>
  [headText(type), constants(sizes), uniforms, main].join("\n");

/** A map along an axis: K′(P, Q) = scale · Σₖ Σₚ,q Tₖ(P, p)·Tₖ(Q, q)·K(p, q). Its matrices Tₖ live in `buffers`. */
export async function compileAxis(
  { axis, outer, inner, local, source, sink }: AxisInstruction,
  context: Context,
  buffers: Buffers,
): Promise<Kernel> {
  const pipeline = await compiled(
    context,
    linearText(context.type, { UNIT, RUN }, axisStruct.text, axisText),
  );
  const { indices, weights } = sparse(axis, context.type.dtype);
  const operands = [indices, weights].map((values) => buffers.upload(values, GPUBufferUsage.STORAGE));
  const { size, outSize, terms } = axis;
  // Entries of all matrices in a row, on average: a value is a sum over pairs of them, term by term.
  const perRow = (weights.length - 1) / outSize;
  const turns = turnsOf(axis);
  return (block) => ({
    pipeline,
    units: Math.ceil(sink.size / UNIT),
    // Each pair of entries takes a handful of operations to find its place
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

/**
 * Turns of the loops of shaders/axis.wgsl, which an emulation counts (`MOST_TURNS`).
 *
 * They are those of the entry with the most: one for each entry of a row, and for each pair of them.
 */
function turnsOf({ terms }: AxisMap): number {
  return terms.reduce((sum, rows) => {
    const most = rows.reduce((length, { at }) => Math.max(length, at.length), 0);
    return sum + 1 + most + most ** 2;
  }, 0);
}

/**
 * The matrices of an axis as shaders/axis.wgsl reads them: where each row of each matrix starts, then the positions of all
 * entries; and the scale, then the weights of all entries. Two taps over three positions, at P and at P + 1: 0 1 2 3 4 5 5, 0 1 2
 * 1 2.
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
  const pipeline = await compiled(context, linearText(context.type, { UNIT }, mixStruct.text, mixText));
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
  const pipeline = await compiled(
    context,
    linearText(context.type, { THREADS: MOST_THREADS }, totalStruct.text, totalText),
  );
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
