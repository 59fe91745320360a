/**
 * Entrywise maps outside of chains, and the covariances of the inputs, as dispatches of shaders/entrywise.wgsl: a thread computes
 * `value_of` a pair of positions and stores it, in the arena or among the outputs. For an output without NTK:
 *
 *     fn value_of(pair: u32, …) -> Value { return map_0(source(0u, pair, entry), offset, 0u, at1, at2); }
 *     fn store(pair: u32, …, value: Value) { …; outputs[(0u * work.pairs + pair) * work.entries + at] = value; }
 */
import entrywiseText from "../../../../shaders/entrywise.wgsl" with { type: "text" };
import inputsText from "../../../../shaders/inputs.wgsl" with { type: "text" };
import { UNIT } from "../budget.ts";
import type { MapInstruction, Region } from "../plan/instructions.ts";
import type { Lengths } from "../struct.ts";
import { featureOrder } from "../plan/features.ts";
import { mapOperations, pointText } from "../wgsl/map_text.ts";
import { workStruct } from "../wgsl/parameters.ts";
import { constants, headText, mapsText, nngpOnly, type ValueType } from "../wgsl/text.ts";
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
  turnsOfInputs,
  turnsOfMap,
} from "./dispatch.ts";

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

/** The covariances of the inputs, at all pairs of positions or at equal ones: Σ over channels of x1 · x2, divided by their number. */
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

const head = (type: ValueType, lengths: Lengths) =>
  [headText(type), constants({ UNIT, ...lengths }), workStruct.text, entrywiseText].join("\n");

/** What a value is; `entrywise.wgsl` has worked out its place, and where features are. */
const valueText = (value: string) =>
  `fn value_of(pair: u32, entry: u32, p: u32, q: u32, rows: vec2<u32>, offset: Real, at1: u32, at2: u32) -> Value {
  return ${value};
}`;

/** By offset, as values are kept in the arena. */
const storeText = `fn store(pair: u32, entry: u32, p: u32, q: u32, value: Value) {
  arena[work.sink + pair * work.sink_stride + entry] = value;
}`;

/** Outputs are row-major over (p, q), one after the other. */
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
