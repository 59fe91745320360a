/** Entrywise maps outside of chains, and the covariances of the inputs. */
import entrywiseText from "../../../../../shaders/entrywise.wgsl" with { type: "text" };
import inputsText from "../../../../../shaders/inputs.wgsl" with { type: "text" };
import { UNIT } from "../../budget.ts";
import {
  compiled,
  type Context,
  type Dispatch,
  featureParameters,
  inputsOf,
  type Kernel,
  located,
  locatedAll,
  mapOperations,
  type PairBlock,
  type Sides,
  turnsOfInputs,
  turnsOfMap,
} from "./kernel.ts";
import { featureOrder, mapText } from "../wgsl/map_text.ts";
import type { MapInstruction } from "../plan/instructions.ts";
import type { Region } from "../plan/memory_plan.ts";
import { constants, headText, mapsText, nngpOnly, type ValueType } from "../wgsl/text.ts";

/** A compiled map; its values stay in the arena or go to `outputs`. */
export type MapKernel = (block: PairBlock, sides: Sides, outputs?: GPUBuffer) => Dispatch;

/** The map of a node, or of the output if it has no sink. */
export async function compileMap(instruction: MapInstruction, context: Context): Promise<MapKernel> {
  const { program, positions, entries, sources, sink } = instruction;
  const map = mapText(program, { ...context.type, positions });
  const tables = Math.max(1, featureOrder(program).tables.length);
  const reads = Math.max(1, sources.length);
  const values = sources.map((_, k) => `source(${k}u, pair, entry), `).join("");
  const text = [
    head(context.type, tables, reads),
    mapsText([map], context.type.dtype),
    valueText(`map_0(${values}offset, 0u, at1, at2)`),
    sink ? storeText : outputText(Object.keys(program.map).length),
  ].join("\n");
  const pipeline = await compiled(context, text);
  return (block, [first, second], outputs) => {
    const places = [first.features.places.get(program), second.features.places.get(program)] as const;
    return {
      pipeline,
      units: Math.ceil(entries / UNIT),
      operations: UNIT * mapOperations(map, places[0]),
      turns: turnsOfMap(map, places[0]),
      parameters: [
        ...[0, 0, block.count, 0, ...sink ? located(sink, block) : [0, 0], entries, positions],
        ...featureParameters(places, tables),
        ...locatedAll(sources, reads, block),
      ],
      features: [first.features, second.features],
      ...outputs && { outputs },
    };
  };
}

/** The covariances of the inputs. */
export async function compileInputs(positions: number, sink: Region, context: Context): Promise<Kernel> {
  const { type, depth } = context;
  const value = nngpOnly("input_covariance(rows, p, q, work.positions, work.depth)", type);
  const text = [head(type, 1, 1), inputsText, valueText(value), storeText].join("\n");
  const pipeline = await compiled(context, text);
  return (block, sides) => ({
    pipeline,
    units: Math.ceil(sink.size / UNIT),
    operations: UNIT * 2 * depth,
    turns: turnsOfInputs(depth),
    parameters: [
      ...[0, 0, block.count, depth, ...located(sink, block), sink.size, positions],
      ...featureParameters([undefined, undefined], 1),
      ...locatedAll([], 1, block),
    ],
    operands: inputsOf(sides),
  });
}

const head = (type: ValueType, tables: number, sources: number) =>
  [headText(type), constants({ UNIT, TABLES: tables, SOURCES: sources }), entrywiseText].join("\n");

const valueText = (value: string) =>
  `fn value_of(pair: u32, entry: u32, p: u32, q: u32, rows: vec2<u32>, offset: Real, at1: u32, at2: u32) -> Value {
  return ${value};
}`;

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
