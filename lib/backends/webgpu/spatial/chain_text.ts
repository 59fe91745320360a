/** The shader of a chain: which positions the slots of its tile are, its convolutions, its maps. */
import chainText from "../../../../shaders/chain.wgsl" with { type: "text" };
import inputsText from "../../../../shaders/inputs.wgsl" with { type: "text" };
import { wgslLiteral } from "../../../render/wgsl.ts";
import type { Chain } from "./chain.ts";
import { type Geometry, positionsOf, slotsOf } from "./geometry.ts";
import { featureOrder, type MapText, mapText } from "./map_text.ts";
import type { Shift } from "./shift.ts";
import { headText, mapsText, nngpOnly, type ValueType } from "./text.ts";

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
  readonly steps: number;
  readonly tables: number;
  readonly sources: number;
}

/** Threads of a workgroup at most. */
const MOST_THREADS = 256;

/** The shader of a chain that begins at the inputs or at what earlier steps stored. */
export function chainShader(chain: Chain, fromInputs: boolean, type: ValueType): ChainShader {
  const { nodes, shifts, geometries } = chain;
  const last = geometries[geometries.length - 1];
  const placeTexts = geometries.map((geometry) => placeBody(geometry, geometries[0], last));
  const convolutionTexts = shifts.map((axes, k) =>
    convolutionBody(axes, geometries[k], geometries[k + 1], last, type)
  );
  const maps = nodes.map(({ program }, k) =>
    mapText(program, { ...type, positions: positionsOf(geometries[k]) })
  );
  const mapTexts = distinct(maps.map(({ text }) => text)).map((text) =>
    maps.find((map) => map.text === text)!
  );
  const [places, convolutions] = [distinct(placeTexts), distinct(convolutionTexts)];
  const tables = Math.max(1, ...nodes.map(({ program }) => featureOrder(program).tables.length));
  const steps = 8 * Math.ceil((nodes.length + 1) / 8);
  const slots = slotsOf(geometries[0]);
  const threads = Math.min(MOST_THREADS, 2 ** Math.ceil(Math.log2(Math.max(slots, 32))));
  const sources = Math.max(1, maps[0].reads.length);
  const sizes = { SLOTS: slots, THREADS: threads, TILE: Math.max(2 * slots + 2, threads) };
  const parts = [
    headText(type),
    constants({ ...sizes, STEPS: steps, TABLES: tables, SOURCES: sources }),
    `const SUM_SCALE = ${wgslLiteral(chain.end.kind === "sum" ? chain.end.scale : 1, type.dtype)};`,
    ...(fromInputs ? [inputsText] : []),
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
    steps,
    tables,
    sources,
  };
}

const distinct = (texts: readonly string[]) => [...new Set(texts)];

const constants = (values: Readonly<Record<string, number>>) =>
  Object.entries(values).map(([name, value]) => `const ${name} = ${value}u;`).join("\n");

const inputText = (first: Geometry) =>
  `input_covariance(rows, place.p, place.q, ${positionsOf(first)}u, chain.depth)`;

/** Statements for the coordinates p0, p1, … of a slot and q0, q1, … of its partner in the frame of a stage. */
function coordinates({ frame, factors }: Geometry, last: Geometry): string[] {
  return frame.flatMap((length, axis) => {
    const digit = (value: string, lengths: readonly number[]) => {
      const inner = lengths.slice(axis + 1).reduce((product, n) => product * n, 1);
      const divided = inner === 1 ? value : `${value} / ${inner}u`;
      return axis === 0 ? divided : `${divided} % ${lengths[axis]}u`;
    };
    const offset = digit("offsets", last.frame);
    return [
      `let p${axis} = ${digit("slot", frame)};`,
      `let q${axis} = wrap(p${axis} + ${
        factors[axis] === 1 ? offset : `${offset} * ${factors[axis]}u`
      }, ${length}u);`,
    ];
  });
}

/** Which pair of positions a slot is; after a stride fewer slots are in use. */
function placeBody(geometry: Geometry, first: Geometry, last: Geometry): string {
  const { sizes, frame } = geometry;
  const axes = sizes.map((_, axis) => axis);
  const slots = slotsOf(geometry);
  const inside = [
    ...(slots < slotsOf(first) ? [`slot < ${slots}u`] : []),
    ...axes.filter((axis) => frame[axis] > sizes[axis])
      .map((axis) => `p${axis} < ${sizes[axis]}u && q${axis} < ${sizes[axis]}u`),
  ];
  const linear = (name: string) =>
    axes.reduce((text, axis) => axis === 0 ? `${name}0` : `(${text}) * ${sizes[axis]}u + ${name}${axis}`, "");
  return lines([
    ...coordinates(geometry, last),
    `let p = ${linear("p")};`,
    `let q = ${linear("q")};`,
    `return Place(${inside.join(" && ") || "true"}, p, q, cell(p, q, ${positionsOf(geometry)}u));`,
  ]);
}

/** The scaled sum over the taps, in the same order everywhere: what lies outside adds the tile's zero. */
function convolutionBody(
  axes: readonly Shift[],
  before: Geometry,
  after: Geometry,
  last: Geometry,
  { dtype }: ValueType,
): string {
  const scale = axes.reduce((product, shift) => product * shift.scale, 1);
  const reads = axes.map((shift, axis) => {
    const stride = before.frame.slice(axis + 1).reduce((product, n) => product * n, 1);
    return shift.taps.map((tap, k) => ({ name: `x${axis}_${k}`, ...tapText(shift, tap, axis, stride) }));
  });
  const index = reads.reduce<string[]>(
    (texts, taps) => texts.flatMap((text) => taps.map(({ name }) => text ? `${text} + ${name}` : name)),
    [""],
  );
  const leaves = reads.some((taps) => taps.some(({ checked }) => checked));
  return lines([
    ...coordinates(after, last),
    ...reads.flat().map(({ name, text }) => `let ${name} = ${text};`),
    "var sum = Value();",
    ...index.map((at) => `sum += tile[tile_start + ${leaves ? `min(${at}, SLOTS)` : at}];`),
    `return sum * ${wgslLiteral(scale, dtype)};`,
  ]);
}

/** What one tap adds to the number of the slot. */
function tapText({ size, outSize, stride, circular }: Shift, tap: number, axis: number, slots: number) {
  const at = (name: string) => {
    const start = stride === 1 ? `${name}${axis}` : `${name}${axis} * ${stride}u`;
    // A negative number of steps wraps around to more than any size.
    return tap === 0 ? start : tap > 0 ? `${start} + ${tap}u` : `${start} - ${-tap}u`;
  };
  const stepped = (text: string) => slots === 1 ? text : `(${text}) * ${slots}u`;
  if (circular) {
    const start = stride === 1 ? `p${axis}` : `p${axis} * ${stride}u`;
    const shift = ((tap % size) + size) % size;
    return { checked: false, text: stepped(`(${start} + ${shift}u) % ${size}u`) };
  }
  const checked = tap < 0 || stride * (outSize - 1) + tap >= size;
  return { checked, text: checked ? `reach(${at("p")}, ${at("q")}, ${size}u, ${slots}u)` : stepped(at("p")) };
}

const lines = (statements: readonly string[]) => statements.map((line) => `  ${line}`).join("\n");

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
