/** The shader of a chain: which positions the slots of its tile are, its convolutions, its maps. */
import chainText from "../../../../../shaders/chain.wgsl" with { type: "text" };
import inputsText from "../../../../../shaders/inputs.wgsl" with { type: "text" };
import { wgslLiteral } from "../../../../render/wgsl.ts";
import { LEAST_THREADS, MOST_THREADS, STEPS_PADDING } from "../../budget.ts";
import type { Lengths } from "../../struct.ts";
import { chainStruct, stepStruct } from "../../wgsl/parameters.ts";
import type { Chain } from "../plan/chain.ts";
import { type Geometry, positionsOf, slotsOf } from "../plan/geometry.ts";
import { featureOrder, type MapText, mapText } from "./map_text.ts";
import { constants, headText, mapsText, nngpOnly, type ValueType } from "./text.ts";
import { convolutionBodies, lines, placeBodies } from "./tile_text.ts";

/** A chain's shader, and the numbers by which steps refer to its parts: what occurs several times is there once. */
export interface ChainShader {
  readonly text: string;
  /** Before each shift and after the last */
  readonly places: readonly number[];
  /** Of the shifts */
  readonly convolutions: readonly number[];
  /** Of the nodes */
  readonly maps: readonly number[];
  readonly mapTexts: readonly MapText[];
  /** The room for steps, for tables a step, and for sources */
  readonly lengths: Lengths;
  /** Of a workgroup */
  readonly threads: number;
}

/** The shader of a chain that begins at the inputs or at what earlier steps stored. */
export function chainShader(chain: Chain, fromInputs: boolean, type: ValueType): ChainShader {
  const { nodes, shifts, geometries } = chain;
  const placeTexts = placeBodies(geometries);
  const convolutionTexts = convolutionBodies(shifts, geometries, type.dtype);
  const maps = nodes.map(({ program }, k) =>
    mapText(program, { ...type, positions: positionsOf(geometries[k]) })
  );
  const mapTexts = distinct(maps.map(({ text }) => text)).map((text) =>
    maps.find((map) => map.text === text)!
  );
  const [places, convolutions] = [distinct(placeTexts), distinct(convolutionTexts)];
  const TABLES = Math.max(1, ...nodes.map(({ program }) => featureOrder(program).tables.length));
  const STEPS = STEPS_PADDING * Math.ceil((nodes.length + 1) / STEPS_PADDING);
  const slots = slotsOf(geometries[0]);
  const threads = Math.min(MOST_THREADS, 2 ** Math.ceil(Math.log2(Math.max(slots, LEAST_THREADS))));
  const lengths = { STEPS, TABLES, SOURCES: Math.max(1, maps[0].reads.length) };
  const sizes = { SLOTS: slots, THREADS: threads, TILE: Math.max(2 * slots, threads) };
  const parts = [
    headText(type),
    constants({ ...sizes, ...lengths }),
    `const SUM_SCALE = ${wgslLiteral(chain.end.kind === "sum" ? chain.end.scale : 1, type.dtype)};`,
    ...(fromInputs ? [inputsText] : []),
    stepStruct.text,
    chainStruct.text,
    chainText,
    mapsText(mapTexts, type.dtype),
    mappedText(mapTexts),
    ...places.map((body, k) => `fn place_${k}(slot: u32, offsets: u32) -> Place {\n${body}\n}`),
    placeOfText(places.length),
    ...convolutions.map((body, k) =>
      `fn convolution_${k}(slot: u32, offsets: u32, tile_start: u32) -> Value {\n${body}\n}`
    ),
    readText(convolutions.length, fromInputs ? nngpOnly(inputText(geometries[0]), type) : null),
  ];
  return {
    text: parts.join("\n"),
    places: placeTexts.map((body) => places.indexOf(body)),
    convolutions: convolutionTexts.map((body) => convolutions.indexOf(body)),
    maps: maps.map(({ text }) => mapTexts.findIndex((map) => map.text === text)),
    mapTexts,
    lengths,
    threads,
  };
}

const distinct = (texts: readonly string[]) => [...new Set(texts)];

const inputText = (first: Geometry) =>
  `input_covariance(rows, place.p, place.q, ${positionsOf(first)}u, chain.depth)`;

function switchText(on: string, cases: readonly string[], otherwise: string): string {
  return lines([
    `switch ${on} {`,
    ...cases.map((text) => `  ${text}`),
    `  default: { return ${otherwise}; }`,
    "}",
  ]);
}

/** What a step reads for a slot. */
function readText(convolutions: number, input: string | null): string {
  const cases = [
    ...(input ? [`case 0u: { return ${input}; }`] : []),
    ...Array.from(
      { length: convolutions },
      (_, k) => `case ${k + 2}u: { return convolution_${k}(slot, offsets, tile_start); }`,
    ),
  ];
  return `fn read_value(s: u32, slot: u32, offsets: u32, tile_start: u32, pair: u32, rows: vec2<u32>, place: Place) -> Value {
${switchText("chain.step[s].read", cases, "stored(0u, pair, place.cell)")}
}`;
}

function placeOfText(places: number): string {
  const cases = Array.from(
    { length: places - 1 },
    (_, k) => `case ${k}u: { return place_${k}(slot, offsets); }`,
  );
  return `fn place_of(s: u32, slot: u32, offsets: u32) -> Place {
${switchText("chain.step[s].place", cases, `place_${places - 1}(slot, offsets)`)}
}`;
}

/** The map of a step; the first node's reads several stored values where it joins branches. */
function mappedText(maps: readonly MapText[]): string {
  const values = ({ reads }: MapText) =>
    reads.length === 1 ? "value" : reads.map((_, k) => `stored(${k}u, pair, place.cell)`).join(", ");
  const cases = maps.map((map, k) =>
    `case ${k + 1}u: { return map_${k}(${values(map)}, offset, s, at1, at2); }`
  );
  return `fn mapped(s: u32, value: Value, pair: u32, offsets: u32, rows: vec2<u32>, place: Place) -> Value {
  let offset = select(Real(1), Real(0), offsets == 0u);
  let at1 = chain.step[s].start1 + rows.x * chain.step[s].stride1 + place.p;
  let at2 = chain.step[s].start2 + rows.y * chain.step[s].stride2 + place.q;
${switchText("chain.step[s].map", cases, "value")}
}`;
}
